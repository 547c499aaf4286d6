// What this machine allows: sends a request at each due time and does nothing else. No generator can be much earlier,
// and what is late here was made late by the timer, the kernel or the host.
//   floor HOST_PORT RATE SECONDS CONNECTIONS     on loopback
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST_CONNECTIONS 1024

static const char request[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  long rate = atol(argv[2]), seconds = atol(argv[3]), connections = atol(argv[4]);
  if (rate < 1 || connections < 1 || connections > MOST_CONNECTIONS) return 2;
  struct sockaddr_in place = {
      .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int sockets[MOST_CONNECTIONS], yes = 1;
  for (long i = 0; i < connections; i++) {
    sockets[i] = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(sockets[i], (struct sockaddr *)&place, sizeof place) < 0) {
      perror("floor");
      return 1;
    }
    setsockopt(sockets[i], IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  }
  prctl(PR_SET_TIMERSLACK, 1L);
  struct timespec begin;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  long long begin_ns = begin.tv_sec * 1000000000LL + begin.tv_nsec + 10000000LL;
  char bytes[4096];
  for (long long n = 0; n < (long long)rate * seconds; n++) {
    long long due_ns = begin_ns + n * 1000000000LL / rate;
    struct timespec due = {.tv_sec = due_ns / 1000000000LL, .tv_nsec = due_ns % 1000000000LL};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) != 0) continue;
    int socket = sockets[n % connections];
    if (send(socket, request, sizeof request - 1, MSG_NOSIGNAL) < 0) {
      perror("floor");
      return 1;
    }
    // The answer to the request before it on this connection, or to this one if it is here already.
    while (recv(socket, bytes, sizeof bytes, MSG_DONTWAIT) > 0) continue;
  }
  usleep(100000);
  return 0;
}
