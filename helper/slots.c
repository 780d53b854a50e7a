// Connections through the stream, the ports that bring them, and commands with their output: everything that is a descriptor
// to be watched. Nothing here waits; what has no room stays in its pipe or socket until there is some.
#include "helper.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

// A connection's credit is memory here while its reader is slow. Each begins with CREDIT; as long as the sum allows it gets more.
enum { CREDIT = 64 << 10, WIDE = 1 << 20, SUM = 32 << 20 };
enum kind { FREE, LISTENER, CONNECTION, PIPE };
static struct slot {
  enum kind kind;
  int fd, eof, ended;            // eof: nothing more comes from fd
  uint32_t id;
  int connecting, port, no_more; // no_more: 1 the client has ended its way, 2 and fd knows it
  uint32_t window, credit, used, at, size; // credit: what we may send; window, used: what the client may, and what has left
  unsigned char *buffer;
  int pid, status, type;         // of a command; type o or e
} slots[SLOTS];
static int top, full;            // full: an accept failed; again when a slot was freed
static uint32_t granted, next_id = 1u << 31;

static struct slot *slot(enum kind kind, int fd, uint32_t id) {
  for (struct slot *s = slots; s < slots + SLOTS; s++)
    if (s->kind == FREE) {
      *s = (struct slot){.kind = kind, .fd = fd, .id = id, .credit = CREDIT, .window = CREDIT};
      if (s - slots >= top) top = s - slots + 1;
      return s;
    }
  return 0;
}
static struct slot *find(enum kind kind, uint32_t id) {
  for (struct slot *s = slots; s < slots + top; s++) if (s->kind == kind && s->id == id) return s;
  return 0;
}
static void drop(struct slot *s) {
  close(s->fd);
  free(s->buffer);
  granted -= s->window - CREDIT;
  s->kind = FREE, full = 0;
  while (top && slots[top - 1].kind == FREE) top--;
}
static void break_off(struct slot *s, int error) { emit32('Z', s->id, error), drop(s); }
static int no_wait(int fd) { // for a socket
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fcntl(fd, F_SETFL, O_NONBLOCK);
}

// ---- connections

static void flush(struct slot *s) { // what the client sent, to the socket; as it leaves the client may send more
  while (s->size) {
    ssize_t n = write(s->fd, s->buffer + s->at, s->size);
    if (n < 0) { if (errno != EAGAIN && errno != EINTR) break_off(s, errno); return; }
    s->at += n, s->size -= n, s->used += n;
  }
  s->at = 0;
  if (s->used >= s->window / 4) emit32('K', s->id, s->used), s->used = 0;
  if (s->no_more == 1) shutdown(s->fd, SHUT_WR), s->no_more = 2;
  if (s->no_more && s->eof) drop(s);
}
static void connected(struct slot *s) {
  s->connecting = 0;
  if (granted + WIDE - CREDIT <= SUM) {
    s->window = WIDE, granted += WIDE - CREDIT;
    emit32('K', s->id, WIDE - CREDIT);
  }
}
void to_connection(uint32_t id, const unsigned char *b, size_t n) {
  struct slot *s = find(CONNECTION, id);
  if (!s || s->no_more) return;
  if (!s->size && !s->connecting) {
    ssize_t w = write(s->fd, b, n);
    if (w < 0 && errno != EAGAIN && errno != EINTR) { break_off(s, errno); return; }
    if (w > 0) b += w, n -= w, s->used += w;
  }
  if (n) {
    if (s->size + n > s->window) { break_off(s, EPROTO); return; } // more than it was given
    if (!s->buffer && !(s->buffer = malloc(s->window))) { break_off(s, ENOMEM); return; }
    if (s->at + s->size + n > s->window) memmove(s->buffer, s->buffer + s->at, s->size), s->at = 0;
    memcpy(s->buffer + s->at + s->size, b, n);
    s->size += n;
  }
  if (!s->connecting) flush(s);
}
void more_credit(uint32_t id, uint32_t n) {
  struct slot *s = find(CONNECTION, id);
  if (s) s->credit = s->credit + n < n ? UINT32_MAX : s->credit + n;
}
void end_of(uint32_t id) {
  struct slot *s = find(CONNECTION, id);
  if (s && !s->no_more) s->no_more = 1, s->connecting ? (void)0 : flush(s);
}
static int dial(struct slot *s, int family) { // 0, or an errno
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = s->port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = s->port, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  if (s->fd >= 0) close(s->fd);
  s->fd = fd, s->connecting = family;
  no_wait(fd);
  int failed = family == AF_INET ? connect(fd, (void *)&v4, sizeof v4) : connect(fd, (void *)&v6, sizeof v6);
  return failed && errno != EINPROGRESS ? errno : 0;
}
static void dialled(struct slot *s, int error) {
  // A server on "localhost" may be on ::1 alone.
  if (error == ECONNREFUSED && s->connecting == AF_INET && !dial(s, AF_INET6)) return;
  if (error) { break_off(s, error); return; }
  ack(s->id, 0);
  connected(s);
  flush(s);
}
int open_to(uint32_t id, const unsigned char *port) {
  if (find(CONNECTION, id)) return EEXIST;
  struct slot *s = slot(CONNECTION, -1, id);
  if (!s) return ENFILE;
  s->type = 'D', memcpy(&s->port, port, 2);
  int error = dial(s, AF_INET);
  if (error == ECONNREFUSED) error = dial(s, AF_INET6);
  if (error) drop(s);
  return error;
}
int listen_on(uint32_t id, const unsigned char *port) {
  struct sockaddr_in6 any = {.sin6_family = AF_INET6};
  struct sockaddr_in any4 = {.sin_family = AF_INET};
  memcpy(&any.sin6_port, port, 2), memcpy(&any4.sin_port, port, 2);
  int on = 1, off = 0, fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), six = fd >= 0;
  if (!six) fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); // a node without IPv6
  if (fd < 0) return errno;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (six) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if ((six ? bind(fd, (void *)&any, sizeof any) : bind(fd, (void *)&any4, sizeof any4)) < 0 || listen(fd, 512) < 0) {
    int e = errno;
    close(fd);
    return e;
  }
  if (slot(LISTENER, fd, id)) return 0;
  close(fd);
  return ENFILE;
}
static void accept_one(struct slot *s) {
  int fd = accept4(s->fd, 0, 0, SOCK_CLOEXEC);
  struct slot *c = fd < 0 ? 0 : slot(CONNECTION, fd, next_id);
  if (!c) { full = fd >= 0 || errno == EMFILE || errno == ENFILE; if (fd >= 0) close(fd); return; }
  next_id = next_id == UINT32_MAX ? 1u << 31 : next_id + 1;
  no_wait(fd);
  c->type = 'D';
  emit32('n', c->id, s->id);
  connected(c);
}

// ---- commands

int run_command(uint32_t id, char *text, size_t n) {
  char *argv[256], *folder = text;
  int argc = 0, o[2], e[2], i[2];
  for (char *p = text + strlen(text) + 1; p < text + n; p += strlen(p) + 1)
    if (argc < 255) argv[argc++] = p;
    else return E2BIG;
  if (!argc || find(PIPE, id)) return EINVAL;
  argv[argc] = 0;
  if (top > SLOTS - 2) return EAGAIN;
  if (pipe2(o, O_CLOEXEC) < 0) return errno;
  if (pipe2(e, O_CLOEXEC) < 0) { close(o[0]), close(o[1]); return EMFILE; }
  if (pipe2(i, O_CLOEXEC) < 0) { close(o[0]), close(o[1]), close(e[0]), close(e[1]); return EMFILE; }
  pid_t pid = fork();
  if (!pid) {
    sigset_t none;
    sigemptyset(&none);
    setpgid(0, 0), prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigprocmask(SIG_SETMASK, &none, 0), signal(SIGPIPE, SIG_DFL);
    dup2(i[0], 0), dup2(o[1], 1), dup2(e[1], 2), close(i[1]); // an empty input, and no need of /dev/null
    char *what = folder;
    if (!*folder || !chdir(folder)) what = *argv, execvp(*argv, argv);
    int why = errno;
    fprintf(stderr, "%s: %s\n", what, strerror(why));
    _exit(why == ENOENT ? 127 : 126);
  }
  int failed = pid < 0 ? errno : 0;
  close(i[0]), close(i[1]), close(o[1]), close(e[1]);
  if (failed) { close(o[0]), close(e[0]); return failed; }
  setpgid(pid, pid);
  for (int k = 0; k < 2; k++) {
    int fd = k ? e[0] : o[0];
    struct slot *s = slot(PIPE, fd, id);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    s->pid = pid, s->type = k ? 'e' : 'o';
  }
  return 0;
}
static void finish(struct slot *s) { // its command has ended: the rest of its output first, then, after the last pipe, the status
  ssize_t n;
  while ((n = emit_from(s->fd, s->type, s->id, FRAME)) > 0) {}
  if (n < 0 && errno == EAGAIN && room() < 3 * SPARE) return; // no room: again after the next write
  uint32_t id = s->id, status = s->status;
  drop(s);
  if (!find(PIPE, id)) emit32('x', id, status);
}
void children_ended(void) {
  for (int status, pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
    for (struct slot *s = slots; s < slots + top; s++)
      if (s->kind == PIPE && s->pid == pid) s->ended = 1, s->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  for (int k = 0; k < top; k++) if (slots[k].kind == PIPE && slots[k].ended && room() > SPARE) finish(&slots[k]);
}
void end_commands(void) {
  for (int round = 0, left = 1; left && round <= 100; round++) { // politely, and after a second not
    left = 0;
    while (waitpid(-1, 0, WNOHANG) > 0) {}
    for (struct slot *s = slots; s < slots + top; s++)
      if (s->kind == PIPE && !kill(-s->pid, round == 0 ? SIGTERM : round == 100 ? SIGKILL : 0)) left++;
    if (left && round < 100) poll(0, 0, 10);
  }
}

// ---- all of them

void reset(uint32_t id) {
  struct slot *s = find(CONNECTION, id);
  if (!s) s = find(LISTENER, id);
  if (s) drop(s);
  else if ((s = find(PIPE, id)) && !s->ended) kill(-s->pid, SIGKILL); // its status follows
}
int watch(struct pollfd *p, int space) {
  for (int k = 0; k < top; k++) {
    struct slot *s = &slots[k];
    int events = 0;
    if (s->kind == CONNECTION && s->connecting) events = POLLOUT;
    else if (s->kind == CONNECTION) events = (!s->eof && s->credit && space ? POLLIN : 0) | (s->size ? POLLOUT : 0);
    else if (s->kind == LISTENER) events = space && !full ? POLLIN : 0;
    else if (s->kind == PIPE) events = !s->eof && space ? POLLIN : 0;
    p[k] = (struct pollfd){events ? s->fd : -1, events, 0};
  }
  return top;
}
static void seen_connection(struct slot *s, int events) {
  if (s->connecting) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    dialled(s, error);
    return;
  }
  if (events & POLLOUT) flush(s);
  if (s->kind != CONNECTION || s->eof || !s->credit || !(events & (POLLIN | POLLHUP | POLLERR))) return;
  ssize_t n = emit_from(s->fd, s->type, s->id, s->credit);
  if (n > 0) s->credit -= n;
  else if (n < 0) { if (errno != EAGAIN && errno != EINTR) break_off(s, errno); }
  else {
    s->eof = 1;
    emit('F', s->id, 0, 0);
    if (s->no_more == 2) drop(s);
  }
}
void seen(struct pollfd *p, int n) {
  for (int k = 0; k < n; k++) {
    struct slot *s = &slots[k];
    if (!p[k].revents || s->kind == FREE || p[k].fd != s->fd || room() < SPARE / 2) continue; // never that little: see watch
    if (s->kind == LISTENER) accept_one(s);
    else if (s->kind == CONNECTION) seen_connection(s, p[k].revents);
    else if (!emit_from(s->fd, s->type, s->id, FRAME)) s->eof = 1;
  }
}
