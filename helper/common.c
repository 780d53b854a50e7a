// What process 1 and `serve` have in common: how they find and believe each other.
#include "helper.h"
#include <stddef.h>

void die(const char *what) {
  fprintf(stderr, "homeport-helper: %s: %s\n", what, strerror(errno));
  give_up_writes();
  end_commands();
  exit(BROKEN);
}

long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000L + t.tv_nsec / 1000000;
}

// An abstract socket needs no writable path. It is named after the mount namespace, so that containers of one pod, or pods on
// the host's network, do not meet. Tests have many helpers in one mount namespace and give each pair a name.
socklen_t control_name(struct sockaddr_un *a) {
  char space[64] = {0}, *name = getenv("HOMEPORT_HELPER_NAME");
  if (!name) name = readlink("/proc/self/ns/mnt", space, sizeof space - 1) < 0 ? "" : space;
  memset(a, 0, sizeof *a);
  a->sun_family = AF_UNIX;
  return offsetof(struct sockaddr_un, sun_path) + 1 + snprintf(a->sun_path + 1, 100, "homeport-helper %.64s", name);
}

// Receives one word from somebody who may say it: root or our own user, and within our PID namespace (others have pid 0).
// Returns 1 for a word, 0 for something to pass over, -1 when there is nothing.
ssize_t hear(int fd, struct word *w, struct sockaddr_un *from, socklen_t *size) {
  union { struct cmsghdr h; char b[CMSG_SPACE(sizeof(struct ucred))]; } c;
  struct iovec v = {w, sizeof *w};
  struct msghdr m = {.msg_name = from, .msg_namelen = *size, .msg_iov = &v, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c};
  ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (n < 0) return errno == EINTR ? 0 : -1;
  *size = m.msg_namelen;
  struct ucred who = {0};
  struct cmsghdr *h = CMSG_FIRSTHDR(&m);
  if (h && h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_CREDENTIALS) memcpy(&who, CMSG_DATA(h), sizeof who);
  w->label[LABEL] = w->version[sizeof w->version - 1] = 0;
  return n == sizeof *w && who.pid && (who.uid == 0 || who.uid == geteuid());
}

int main(int argc, char **argv) {
  if (argc == 2 && !strcmp(argv[1], "run")) return init(argv + 2);
  if (argc > 3 && !strcmp(argv[1], "run") && !strcmp(argv[2], "--")) return init(argv + 3);
  if (argc > 1 && !strcmp(argv[1], "serve")) return serve(argv + 2);
  if (argc > 1 && !strcmp(argv[1], "await")) return await(argv + 2);
  if (argc == 2 && !strcmp(argv[1], "version")) return puts(VERSION) < 0;
  fputs("usage: helper run -- COMMAND ARGUMENT...   process 1: runs the command, ends with its status\n"
        "       helper run                          process 1 of a pod that only carries connections\n"
        "       helper serve ROOT...                frames on stdin and stdout; changes files below the roots\n"
        "       helper await HOST:PORT[,PORT]...    ends when each host answers at one of its ports, or after 20 s\n"
        "       helper version\n", stderr);
  return 64;
}
