// What the parts of the helper share. README.md says what it is for; src/homeport/wire/helper.py has the table of the frames.
#pragma once
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#ifndef VERSION
#define VERSION "unknown" // the build gives the digest of the sources
#endif
enum { PROTOCOL = 1, FRAME = 128 << 10, LABEL = 200, BROKEN = 125 };

// What `serve` asks of process 1 and what it answers: one datagram each.
struct word {
  char kind;           // asked: Q state and news of it, A applied, R restart; answered: h state, a done
  uint8_t how, status; // of the command's last end: 0 never, 1 by itself with a status, 2 by a signal
  uint8_t signal;      // R: what to ask with
  uint32_t id, error, pid, starts, again, grace;
  uint64_t age, since; // ms
  char label[LABEL + 1], version[32];
};

// common.c
_Noreturn void die(const char *what);
long now_ms(void);
socklen_t control_name(struct sockaddr_un *a);
ssize_t hear(int fd, struct word *w, struct sockaddr_un *from, socklen_t *size);
// init.c, serve.c, await.c
int init(char **argv);
int serve(char **roots);
int await(char **addresses);

// serve.c: what goes out. Whoever emits has made sure of room before, except for answers, which have a reserve.
enum { SPARE = 64 << 10 };
size_t room(void);
void emit(int type, uint32_t id, const void *b, size_t n);
void emit32(int type, uint32_t id, uint32_t v);
void ack(uint32_t id, int error);
ssize_t emit_from(int fd, int type, uint32_t id, size_t most); // reads straight into the output; -1 with EAGAIN: nothing, or no room
uint32_t get32(const unsigned char *p);

_Noreturn void malformed(const char *what); // ends the stream with 125

// files.c: changes below the roots. Each returns 0 or an errno.
void use_roots(char **roots);
void write_part(uint32_t id, unsigned char *b, size_t n);
int remove_path(char *path);
int move_path(char *from, char *to);
int link_path(char *target, char *path);
int give_up_write(uint32_t id);
void give_up_writes(void);
int are_leaving(void); // files that were replaced and have not been freed
void let_go(void);     // frees some of them

// slots.c: connections, listeners and commands, which all come down to descriptors that are watched.
struct pollfd;
int watch(struct pollfd *p, int space);      // fills p, returns how many
void seen(struct pollfd *p, int n);          // does what poll said
void children_ended(void);
int run_command(uint32_t id, char *text, size_t n);
int listen_on(uint32_t id, const unsigned char *port);
int open_to(uint32_t id, const unsigned char *port);
void to_connection(uint32_t id, const unsigned char *b, size_t n);
void more_credit(uint32_t id, uint32_t n);
void end_of(uint32_t id);
void reset(uint32_t id);
void end_commands(void);
enum { SLOTS = 512 };
