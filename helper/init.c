// Process 1 of a container: runs the command, reaps what has lost its parent, passes signals on, starts the command anew when
// `serve` asks for it, and remembers the label of the last applied batch. Files and connections are not its business: whatever
// happens to `serve`, nothing here can be hurt by it.
#include "helper.h"
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

enum { FIRST_WAIT = 500, LONGEST_WAIT = 30000, QUIET = 30000, ASKED = 60000 }; // ms
static char **command;
static pid_t child, group; // group: of the command, as long as anybody may be left in it
static struct word state = {.kind = 'h', .version = VERSION};
static sigset_t caught, before;
static long born, changed, started, passed, deadline, again_at;
static int control = -1, restarting, ending, wait_next = FIRST_WAIT;
static uint8_t ask_with;

// ---- who wants to hear

enum { MANY = 16 };
static struct asker { struct sockaddr_un name; socklen_t size; uint32_t id; } listeners[MANY], askers[MANY];
static int listening, asking;

static int say(const struct asker *to, struct word *w) {
  long now = now_ms();
  w->age = now - born + 1;
  w->since = now - changed;
  w->again = again_at > now ? again_at - now : again_at > 0;
  return sendto(control, w, sizeof *w, MSG_DONTWAIT, (const void *)&to->name, to->size) < 0 && errno != EAGAIN;
}
static void answer(const struct asker *to, int error) {
  struct word w = state;
  w.kind = 'a', w.id = to->id, w.error = error;
  say(to, &w);
}
static void tell_all(void) { // the state has changed; who no longer listens is forgotten
  state.id = 0;
  for (int i = 0; i < listening;)
    if (say(&listeners[i], &state)) listeners[i] = listeners[--listening];
    else i++;
}
static void listen_for(const struct asker *who) {
  for (int i = 0; i < listening; i++)
    if (listeners[i].size == who->size && !memcmp(&listeners[i].name, &who->name, who->size)) return;
  if (listening == MANY) memmove(listeners, listeners + 1, sizeof *listeners * --listening);
  listeners[listening++] = *who;
}

// ---- the command and what it leaves behind

static void start_again_later(void) {
  if (now_ms() - started >= QUIET) wait_next = FIRST_WAIT;
  again_at = now_ms() + wait_next;
  wait_next = wait_next * 2 > LONGEST_WAIT ? LONGEST_WAIT : wait_next * 2;
}
static void begin(void) {
  again_at = restarting = 0;
  started = changed = now_ms();
  state.starts++;
  if ((child = fork()) < 0) { // too many processes: a first start ends the container, as it would without us
    if (state.starts == 1) die("fork");
    child = 0, state.how = 1, state.status = 126;
    start_again_later();
  } else if (!child) {
    setpgid(0, 0);
    if (isatty(0)) signal(SIGTTOU, SIG_IGN), tcsetpgrp(0, getpid()), signal(SIGTTOU, SIG_DFL);
    sigprocmask(SIG_SETMASK, &before, 0);
    execvp(*command, command);
    int e = errno;
    fprintf(stderr, "homeport-helper: %s: %s\n", *command, strerror(e));
    _exit(e == ENOENT ? 127 : 126); // as shells do
  } else setpgid(child, child), group = child;
  state.pid = child;
  tell_all();
  while (asking) answer(&askers[--asking], child ? 0 : EAGAIN);
}
static pid_t told[256];
static int told_count;
static int not_told(pid_t pid) {
  for (int i = 0; i < told_count; i++) if (told[i] == pid) return 0;
  if (told_count < 256) told[told_count++] = pid;
  return 1;
}
static int left(int sig) { // how many are left of the command; each gets the signal once, SIGKILL as often as it takes
  int count = 0;
  char line[8192], path[64];
  if (group && kill(-group, 0) < 0 && errno == ESRCH) group = 0;
  if (group && ++count && (sig == SIGKILL || not_told(-group))) kill(-group, sig);
  // Its orphans are our children, also those that left its group: one with the port would keep the next command from starting.
  snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? 0 : read(fd, line, sizeof line - 1);
  if (fd >= 0) close(fd);
  line[n > 0 ? n : 0] = 0;
  for (char *p = strtok(line, " "); p; p = strtok(0, " ")) {
    pid_t pid = atoi(p);
    if (pid == child || pid <= 0) continue;
    count++;
    if (sig == SIGKILL || not_told(pid)) kill(pid, sig);
  }
  return count;
}
static void clear_away(void) { // what a container's end would do to them
  for (int i = 0; i < 100 && left(SIGKILL); i++) {
    while (waitpid(-1, 0, WNOHANG) > 0) {}
    poll(0, 0, 2);
  }
}
_Noreturn static void finish(int status) {
  clear_away();
  exit(status);
}
static void command_ended(int status) {
  int end = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  child = state.pid = 0;
  state.how = WIFEXITED(status) ? 1 : 2;
  state.status = end - (state.how == 2 ? 128 : 0);
  changed = now_ms();
  if (ending) finish(end);
  if (!restarting) {
    // Somebody outside may have asked it to end with another signal than SIGTERM: then its end is meant.
    if (!*state.label || (passed && changed - passed < ASKED)) finish(end);
    // The files are others than the image's and would be lost with the container.
    clear_away();
    start_again_later();
  }
  tell_all();
}

// ---- the loop

static void take_signals(int fd) {
  for (struct signalfd_siginfo si; read(fd, &si, sizeof si) == sizeof si;) {
    if (si.ssi_signo == SIGCHLD || si.ssi_signo == SIGPIPE) continue;
    passed = now_ms();
    if (si.ssi_signo == SIGTERM) ending = 1;
    if (child) kill(child, si.ssi_signo);
    else if (si.ssi_signo == SIGTERM || si.ssi_signo == SIGINT || si.ssi_signo == SIGQUIT) finish(0);
  }
  for (int status, pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
    if (pid == child) command_ended(status);
}
static void restart(const struct asker *who, uint8_t sig, uint32_t grace) {
  if (!command || sig >= NSIG || asking == MANY) { answer(who, !command ? ECHILD : sig >= NSIG ? EINVAL : EBUSY); return; }
  askers[asking++] = *who;
  ask_with = sig ? sig : SIGTERM;
  long end = now_ms() + (grace > 3600000 ? 3600000 : grace);
  if (!restarting || end < deadline) deadline = end;
  if (!restarting) told_count = 0;
  restarting = 1, again_at = 0, wait_next = FIRST_WAIT;
}
static void take_words(void) {
  struct word w;
  for (;;) {
    struct asker who = {.size = sizeof who.name};
    ssize_t heard = hear(control, &w, &who.name, &who.size);
    if (heard < 0) return;
    if (!heard) continue;
    who.id = w.id;
    if (w.kind == 'Q') listen_for(&who), state.id = w.id, say(&who, &state);
    if (w.kind == 'A') strcpy(state.label, w.label), answer(&who, 0);
    if (w.kind == 'R') restart(&who, w.signal, w.grace);
  }
}
static void open_control(void) { // without it the command still runs: it only cannot be reached
  struct sockaddr_un a;
  socklen_t size = control_name(&a);
  int on = 1;
  control = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (control < 0 || setsockopt(control, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0 || bind(control, (void *)&a, size) < 0) {
    fprintf(stderr, "homeport-helper: nobody can reach this one: %s\n", strerror(errno));
    if (control >= 0) close(control);
    control = -1;
  }
}
static int until_next(void) { // ms until something is due, -1 for never
  if (restarting) return 5;
  long left_ms = again_at - now_ms();
  return !again_at ? -1 : left_ms < 0 ? 0 : left_ms;
}

int init(char **argv) {
  command = *argv ? argv : 0;
  born = changed = now_ms();
  memset(&caught, 255, sizeof caught); // sigfillset leaves out what the libc keeps for itself, which others may send
  // What the kernel raises for our own mistakes, and what stops a job, stays as it is.
  for (const int *s = (int[]){SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGSYS, SIGTTIN, SIGTTOU, 0}; *s; s++) sigdelset(&caught, *s);
  sigprocmask(SIG_BLOCK, &caught, &before);
  prctl(PR_SET_CHILD_SUBREAPER, 1); // where containers of a pod share processes, we are not process 1
  int signals = signalfd(-1, &caught, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0) die("signalfd");
  open_control();
  if (command) begin();
  for (;;) {
    struct pollfd p[2] = {{signals, POLLIN, 0}, {control, POLLIN, 0}};
    if (poll(p, 2, until_next()) < 0 && errno != EINTR) die("poll");
    take_signals(signals);
    if (control >= 0) take_words();
    if (restarting) {
      int late = now_ms() >= deadline, rest = left(late ? SIGKILL : ask_with);
      if (!child && (!rest || now_ms() > deadline + 500)) begin();
    } else if (again_at && now_ms() >= again_at) begin();
  }
}
