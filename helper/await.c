// Waits for addresses: a Service leads nowhere for a moment after its pods are ready, and what runs once cannot try again.
#include "helper.h"
#include <netdb.h>
#include <poll.h>

enum { PAUSE = 50, TRY = 1000, LONGEST = 20000 }; // ms

// Connects within a moment, and hangs up at once.
static int answers(const char *host, const char *port) {
  struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found = NULL;
  if (getaddrinfo(host, port, &wanted, &found)) return 0;
  int there = 0;
  for (struct addrinfo *a = found; a && !there; a = a->ai_next) {
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error = 0;
    if (fd < 0) continue;
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    socklen_t size = sizeof error;
    if (!connect(fd, a->ai_addr, a->ai_addrlen)) there = 1;
    else if (errno == EINPROGRESS && poll(&p, 1, TRY) == 1) there = !getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) && !error;
    close(fd);
  }
  freeaddrinfo(found);
  return there;
}

// One of several ports is enough: all of a Service lead to its pods at the same moment, and a program may leave some closed.
static int any_answers(const char *host, const char *ports) {
  char copy[256] = {0}, *rest = strncpy(copy, ports, sizeof copy - 1);
  for (char *port; (port = strsep(&rest, ","));)
    if (answers(host, port)) return 1;
  return 0;
}

// Returns 0 when all answer, and when one does not in time: then the program that needs it says so better than we could.
int await(char **addresses) {
  long end = now_ms() + LONGEST;
  for (; *addresses; addresses++) {
    char *colon = strrchr(*addresses, ':');
    if (!colon) return fprintf(stderr, "homeport-helper: \"%s\" is no HOST:PORT\n", *addresses), 64;
    *colon = 0;
    while (!any_answers(*addresses, colon + 1)) {
      if (now_ms() >= end) return fprintf(stderr, "homeport-helper: %s:%s does not answer\n", *addresses, colon + 1), 0;
      poll(NULL, 0, PAUSE);
    }
  }
  return 0;
}
