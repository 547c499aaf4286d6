// Answers every request 10 ms after its arrival, but stands still for 1 s at the start of every 10 s except the first:
// what arrives or would be answered then is answered when the second is over. Logs its own truth, by the monotonic clock.
//   GET /__stamps  arrival and answer of each request, little-endian 64-bit nanoseconds    GET /__reset  forgets them
// Requests without bodies, one at a time on a connection. Prints "port N" once it listens; ends with its parent.
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
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MOST_FDS 65536
#define MOST_REQUESTS (4u << 20)
#define MS 1000000ull
#define DELAY (10 * MS)
#define PERIOD (10000 * MS)
#define STALL (1000 * MS)

static const char answer[] =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"status\":\"ok\"}";
static struct { uint64_t arrived, answered; } *requests;
static struct { uint64_t due; int fd; } *queue;
static size_t count, answered;
static uint64_t first;
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

// Never inside a stall. Later arrivals are never due earlier, so the queue stays in order.
static uint64_t due_of(uint64_t arrived) {
  uint64_t due = arrived + DELAY;
  uint64_t begun[2] = {arrived - first, due - first};
  for (int i = 0; i < 2; i++) {
    uint64_t within = begun[i] % PERIOD;
    if (begun[i] >= PERIOD && within < STALL) return first + begun[i] - within + STALL + (i == 0 ? DELAY : 0);
  }
  return due;
}

static void arm(int timer) {
  struct itimerspec at = {0};
  if (answered < count) {
    at.it_value.tv_sec = (time_t)(queue[answered].due / 1000000000u);
    at.it_value.tv_nsec = (long)(queue[answered].due % 1000000000u);
  }
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
}

static void respond(int fd, const char *start, uint64_t at) {
  char head[96];
  if (strncmp(start, "GET /__stamps", 13) == 0) {
    size_t length = answered * sizeof *requests;
    send_all(fd, head, (size_t)snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", length));
    send_all(fd, (const char *)requests, length);
  } else if (strncmp(start, "GET /__reset", 12) == 0) {
    count = answered = 0;
    send_all(fd, answer, sizeof answer - 1);
  } else if (count < MOST_REQUESTS) {
    if (count == 0) first = at;
    requests[count].arrived = at;
    queue[count].due = due_of(at);
    queue[count++].fd = fd;
  }
}

static void answer_due(void) {
  while (answered < count && queue[answered].due <= now()) {
    send_all(queue[answered].fd, answer, sizeof answer - 1);
    requests[answered++].answered = now();
  }
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
  requests = calloc(MOST_REQUESTS, sizeof *requests);
  queue = calloc(MOST_REQUESTS, sizeof *queue);
  if (requests == NULL || queue == NULL || listener < 0 || bind(listener, (struct sockaddr *)&place, length) < 0 ||
      listen(listener, 4096) < 0 || getsockname(listener, (struct sockaddr *)&place, &length) < 0) {
    perror("truth-server");
    return 1;
  }
  int poller = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, ready[512];
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
  event.data.fd = timer;
  epoll_ctl(poller, EPOLL_CTL_ADD, timer, &event);
  printf("port %d\n", ntohs(place.sin_port));
  fflush(stdout);
  for (;;) {
    if (patience != 0) arm(timer);
    int n = epoll_wait(poller, ready, 512, patience);
    answer_due();
    for (int i = 0; i < n; i++) {
      int fd = ready[i].data.fd;
      uint64_t expirations;
      if (fd == timer) {
        if (read(timer, &expirations, sizeof expirations) < 0 && errno != EAGAIN) return 1;
        continue;
      }
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
