// Answers every request with a fixed small response and stamps its arrival with the monotonic clock.
// One thread, one epoll loop: what it adds to an arrival is the wake-up of a C process, and nothing where it is kept awake.
//   GET /__stamps  the stamps as little-endian 64-bit nanoseconds    GET /__reset  forgets them
// Requests without bodies only. Prints "port N" once it listens; ends with its parent.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define MOST_FDS 65536
#define MOST_STAMPS (4u << 20)

static const char answer[] =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"status\":\"ok\"}";
static uint64_t *stamps;
static size_t count;
static struct { int matched, kept; char start[16]; } connections[MOST_FDS];

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void send_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return;
    bytes += sent;
    length -= (size_t)sent;
  }
}

static void respond(int fd, const char *start, uint64_t at) {
  char head[96];
  if (strncmp(start, "GET /__stamps", 13) == 0) {
    size_t length = count * sizeof *stamps;
    send_all(fd, head, (size_t)snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", length));
    send_all(fd, (const char *)stamps, length);
    return;
  }
  if (strncmp(start, "GET /__reset", 12) == 0) count = 0;
  else if (count < MOST_STAMPS) stamps[count++] = at;
  send_all(fd, answer, sizeof answer - 1);
}

static void serve(int fd) {
  char bytes[65536];
  ssize_t got = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    close(fd);
    return;
  }
  uint64_t at = now();
  for (ssize_t i = 0; i < got; i++) {
    char byte = bytes[i];
    if (connections[fd].kept < 15) connections[fd].start[connections[fd].kept++] = byte;
    // A request ends with an empty line.
    if (byte == "\r\n\r\n"[connections[fd].matched]) connections[fd].matched++;
    else connections[fd].matched = byte == '\r';
    if (connections[fd].matched < 4) continue;
    connections[fd].start[connections[fd].kept] = 0;
    connections[fd].matched = connections[fd].kept = 0;
    respond(fd, connections[fd].start, at);
  }
}

// Any word on the command line keeps it awake: a server that sleeps stamps an arrival when it woke, not when it came.
int main(int argc, char **argv) {
  (void)argv;
  int patience = argc > 1 ? 0 : -1;
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof place;
  stamps = malloc(MOST_STAMPS * sizeof *stamps);
  if (stamps == NULL || listener < 0 || bind(listener, (struct sockaddr *)&place, length) < 0 ||
      listen(listener, 4096) < 0 || getsockname(listener, (struct sockaddr *)&place, &length) < 0) {
    perror("stamp-server");
    return 1;
  }
  // Touched before the first request, or page faults would be measured.
  memset(stamps, 0, MOST_STAMPS * sizeof *stamps);
  int poller = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, ready[512];
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
  printf("port %d\n", ntohs(place.sin_port));
  fflush(stdout);
  for (;;) {
    int n = epoll_wait(poller, ready, 512, patience);
    for (int i = 0; i < n; i++) {
      int fd = ready[i].data.fd;
      if (fd != listener) {
        serve(fd);
        continue;
      }
      int accepted = accept(listener, NULL, NULL);
      if (accepted < 0) continue;
      if (accepted >= MOST_FDS) {
        close(accepted);
        continue;
      }
      setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      connections[accepted].matched = connections[accepted].kept = 0;
      event = (struct epoll_event){.events = EPOLLIN, .data.fd = accepted};
      epoll_ctl(poller, EPOLL_CTL_ADD, accepted, &event);
    }
  }
}
