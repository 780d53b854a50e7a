// `serve`: frames in from stdin, frames out to stdout, one loop. It ends with its stream: 0 at the end of stdin, 125 when
// something is malformed. Neither touches the service's command, which belongs to process 1.
#include "helper.h"
#include <arpa/inet.h>
#include <poll.h>
#include <stddef.h>
#include <sys/signalfd.h>

enum { HEAD = 9, OUT = 2 << 20, REST = 20 }; // REST in ms
static unsigned char in[FRAME + HEAD + (64 << 10)], out[OUT];
static size_t in_size, out_at, out_size;
static int control;

// ---- what goes out

size_t room(void) {
  if (out_at == out_size) out_at = out_size = 0;
  else if (out_at > OUT / 2) memmove(out, out + out_at, out_size - out_at), out_size -= out_at, out_at = 0;
  return OUT - out_size;
}
static void put32(unsigned char *p, uint32_t v) { v = htonl(v), memcpy(p, &v, 4); }
uint32_t get32(const unsigned char *p) {
  uint32_t v;
  memcpy(&v, p, 4);
  return ntohl(v);
}
static void head(int type, uint32_t id, size_t n) {
  put32(out + out_size, n);
  out[out_size + 4] = type;
  put32(out + out_size + 5, id);
  out_size += HEAD + n;
}
void emit(int type, uint32_t id, const void *b, size_t n) {
  if (room() < HEAD + n) { errno = ENOBUFS; die("output"); }
  if (n) memcpy(out + out_size + HEAD, b, n);
  head(type, id, n);
}
void emit32(int type, uint32_t id, uint32_t v) {
  unsigned char b[4];
  put32(b, v);
  emit(type, id, b, 4);
}
void ack(uint32_t id, int error) { // with words: another system has other numbers
  unsigned char b[128];
  const char *why = error == EPERM ? "not permitted, or not below a root" : error == EXDEV ? "a link leads out of the root" : strerror(error);
  put32(b, error);
  emit('a', id, b, error ? 4 + snprintf((char *)b + 4, sizeof b - 4, "%s", why) : 4);
}
ssize_t emit_from(int fd, int type, uint32_t id, size_t most) {
  if (most > 64 << 10) most = 64 << 10;
  if (!most || room() < most + HEAD + SPARE) { errno = EAGAIN; return -1; }
  ssize_t n = read(fd, out + out_size + HEAD, most);
  if (n > 0) head(type, id, n);
  return n;
}
static int send_out(void) { // 0 when nobody reads any more
  while (out_size > out_at) {
    ssize_t n = write(1, out + out_at, out_size - out_at);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    out_at += n;
  }
  return 1;
}

// ---- process 1

static void emit_state(const struct word *w) {
  unsigned char b[48 + LABEL + sizeof w->version], *p = b;
  unsigned long long pages = 0;
  char path[32];
  snprintf(path, sizeof path, "/proc/%u/statm", w->pid);
  FILE *f = w->pid ? fopen(path, "re") : 0;
  if (f && fscanf(f, "%*u %llu", &pages) != 1) pages = 0;
  if (f) fclose(f);
  uint64_t wide[3] = {w->age, w->since, pages * sysconf(_SC_PAGESIZE)};
  *p++ = PROTOCOL >> 8, *p++ = PROTOCOL;
  put32(p, w->pid), put32(p + 4, w->starts), p += 8;
  *p++ = w->how, *p++ = w->status;
  put32(p, w->again), p += 4;
  for (int i = 0; i < 3; i++) put32(p, wide[i] >> 32), put32(p + 4, wide[i]), p += 8;
  size_t label = strlen(w->label), version = strlen(w->version);
  *p++ = label, *p++ = version;
  memcpy(p, w->label, label), memcpy(p + label, w->version, version);
  emit('h', w->id, b, p - b + label + version);
}
static int tell_one(const struct word *w) { // 0, or an errno; where no helper is process 1, ESRCH
  struct sockaddr_un a;
  socklen_t size = control_name(&a);
  if (connect(control, (void *)&a, size) < 0 || send(control, w, sizeof *w, MSG_DONTWAIT) < 0) return errno == ECONNREFUSED ? ESRCH : errno;
  return 0;
}
static void ask_one(char kind, uint32_t id, const unsigned char *b, size_t n) {
  struct word w = {.kind = kind, .id = id, .version = VERSION};
  if (kind == 'A') memcpy(w.label, b, n);
  if (kind == 'R') w.signal = b[0], w.grace = get32(b + 1);
  int error = tell_one(&w);
  if (error == ESRCH && kind == 'Q') emit_state(&w); // age 0 says that nobody is there
  else if (error) ack(id, error);
}
static void hear_one(void) {
  struct word w;
  while (room() > SPARE) {
    struct sockaddr_un from;
    socklen_t size = sizeof from;
    ssize_t heard = hear(control, &w, &from, &size);
    if (heard < 0) return;
    if (!heard) continue;
    if (w.kind == 'a') ack(w.id, w.error);
    if (w.kind == 'h') emit_state(&w);
  }
}

// ---- what comes in

_Noreturn void malformed(const char *what) {
  send_out(); // the answers to what came before
  errno = EPROTO;
  die(what);
}
static void frame(int type, uint32_t id, unsigned char *b, size_t n) {
  unsigned char after = b[n]; // there is room for one more byte: text is ended here and has no NUL inside where it may not
  char *text = (char *)b, *second;
  b[n] = 0;
  second = strlen(text) < n ? text + strlen(text) + 1 : 0;
  size_t least = strchr("HLO", type) ? 2 : strchr("KZ", type) ? 4 : type == 'R' ? 5 : strchr("PF", type) ? 0 : type == 'W' || type == 'X' ? 1 : 0;
  if (n < least || (strchr("HLOKZRPF", type) && n > least)) malformed("length");
  if ((type == 'M' || type == 'S') && (!second || strlen(second) + 1 + (second - text) != n + 1)) malformed("paths");
  if ((type == 'X' || type == 'A') && second) malformed("text");
  switch (type) {
  case 'H': ask_one('Q', id, b, n); break;
  case 'R': ask_one('R', id, b, n); break;
  case 'A': if (n > LABEL) malformed("label"); ask_one('A', id, b, n); break;
  case 'P': ack(id, 0); break;
  case 'W': write_part(id, b, n); break;
  case 'X': ack(id, remove_path(text)); break;
  case 'M': ack(id, move_path(text, second)); break;
  case 'S': ack(id, link_path(text, second)); break;
  case 'C': if ((n = run_command(id, text, n))) ack(id, n); break;
  case 'L': ack(id, listen_on(id, b)); break;
  case 'O': if ((n = open_to(id, b))) emit32('Z', id, n); break;
  case 'D': to_connection(id, b, n); break;
  case 'K': more_credit(id, get32(b)); break;
  case 'F': end_of(id); break;
  case 'Z': if (!give_up_write(id)) reset(id); break;
  default: malformed("unknown frame");
  }
  b[n] = after;
}
static int complete(void) {
  return in_size >= HEAD && (get32(in) > FRAME || in_size >= HEAD + get32(in));
}
static void take_frames(void) { // as long as there is room for their answers
  size_t at = 0;
  while (in_size - at >= HEAD && room() > SPARE) {
    size_t n = get32(in + at);
    if (n > FRAME) malformed("frame");
    if (in_size - at < HEAD + n) break;
    frame(in[at + 4], get32(in + at + 5), in + at + HEAD, n);
    at += HEAD + n;
  }
  if (at) memmove(in, in + at, in_size - at), in_size -= at;
}
static int leave(int status) { // what it started does not outlive the stream
  give_up_writes();
  end_commands();
  return status;
}

int serve(char **roots) {
  static struct pollfd p[SLOTS + 4];
  struct sockaddr_un self = {.sun_family = AF_UNIX};
  sigset_t children;
  int on = 1;
  use_roots(roots);
  umask(022);
  signal(SIGPIPE, SIG_IGN);
  sigemptyset(&children), sigaddset(&children, SIGCHLD), sigprocmask(SIG_BLOCK, &children, 0);
  int signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
  control = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (signals < 0 || control < 0) die("socket");
  setsockopt(control, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  bind(control, (void *)&self, sizeof(sa_family_t)); // the kernel gives it a name of its own, to be answered at
  for (int fd = 0; fd < 2; fd++) fcntl(fd, F_SETFL, O_NONBLOCK), fcntl(fd, F_SETPIPE_SZ, 1 << 20);
  for (;;) {
    int space = room() > 2 * SPARE + (64 << 10), more = in_size < sizeof in - 1;
    p[0] = (struct pollfd){space && more ? 0 : -1, POLLIN, 0};
    p[1] = (struct pollfd){1, out_size > out_at ? POLLOUT : 0, 0};
    p[2] = (struct pollfd){space ? control : -1, POLLIN, 0};
    p[3] = (struct pollfd){space ? signals : -1, POLLIN, 0};
    int n = watch(p + 4, space);
    int busy = complete() && room() > SPARE, found = poll(p, n + 4, busy ? 0 : are_leaving() ? REST : -1);
    if (found < 0 && errno != EINTR) die("poll");
    if (!found && !busy) let_go(); // nobody wanted anything for a while
    if (p[1].revents & (POLLERR | POLLNVAL)) return leave(1);
    for (struct signalfd_siginfo si; p[3].revents && read(signals, &si, sizeof si) == sizeof si;) {}
    children_ended();
    if (p[2].revents) hear_one();
    seen(p + 4, n);
    if (p[0].revents) {
      ssize_t r = read(0, in + in_size, sizeof in - 1 - in_size);
      if (r > 0) in_size += r;
      if (r == 0 || (r < 0 && errno != EAGAIN && errno != EINTR)) return leave(r < 0);
    }
    take_frames();
    if (!send_out()) return leave(1);
  }
}
