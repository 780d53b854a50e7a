// Changes of files, all below the declared roots. No path leads out of them: not by "..", not by a symbolic link, not by one
// that is put there between two steps, since every step starts from an open directory.
#include "helper.h"
#include <dirent.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum { DIRECTORY = O_PATH | O_DIRECTORY | O_CLOEXEC, PATH_LIMIT = 4096 };
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
enum { NO_MAGICLINKS = 2, BENEATH = 8, IN_ROOT = 16 }; // linux/openat2.h, which older systems do not have
static char **roots;

void use_roots(char **given) { roots = given; }

// A folder below another one, through links that stay inside; where the kernel cannot promise that, through none at all.
static int beneath(int root, char *path, int whole) {
  static int unknown;
  struct { uint64_t flags, mode, resolve; } how = {DIRECTORY, 0, NO_MAGICLINKS | (whole ? IN_ROOT : BENEATH)};
  if (!*path) return openat(root, ".", DIRECTORY);
  for (int i = 0; i < 16 && !unknown; i++) {
    int fd = syscall(SYS_openat2, root, path, &how, sizeof how);
    if (fd >= 0) return fd;
    if (errno == ENOSYS || errno == EPERM) unknown = 1; // before Linux 5.6, or not allowed
    else if (errno != EAGAIN) return -1;                // EAGAIN: something was renamed meanwhile
  }
  int fd = openat(root, ".", DIRECTORY);
  for (char *p = path, *end; fd >= 0 && *p; p = end) {
    char name[256] = {0};
    end = strchrnul(p, '/');
    memcpy(name, p, (size_t)(end - p) < sizeof name ? (size_t)(end - p) : sizeof name - 1);
    int next = openat(fd, name, DIRECTORY | O_NOFOLLOW), e = errno;
    close(fd);
    fd = next, errno = e;
    while (*end == '/') end++;
  }
  return fd;
}
static int make_root(const char *path) {
  char p[PATH_LIMIT];
  if (snprintf(p, sizeof p, "%s", path) >= (int)sizeof p) return -1;
  for (char *s = p + 1; (s = strchr(s, '/')); *s++ = '/') *s = 0, mkdir(p, 0755);
  mkdir(p, 0755);
  return open(path, DIRECTORY);
}
static int make_beneath(int root, char *path, int whole) {
  int at = openat(root, ".", DIRECTORY);
  for (char *s = path, *end; at >= 0 && s; s = end ? end + 1 : 0) {
    if ((end = strchr(s, '/'))) *end = 0;
    int next = beneath(root, path, whole);
    if (next < 0 && errno == ENOENT && (!mkdirat(at, s, 0755) || errno == EEXIST)) next = beneath(root, path, whole);
    int e = errno;
    close(at);
    at = next, errno = e;
    if (end) *end = '/';
  }
  return at;
}
static int sound(const char *path) { // absolute, no empty part, no "." and no ".."
  if (*path != '/' || strlen(path) >= PATH_LIMIT) return 0;
  for (const char *p = path; *p;) {
    size_t n = strcspn(++p, "/");
    if (!n || n > 255 || (n == 1 && *p == '.') || (n == 2 && p[0] == '.' && p[1] == '.')) return 0;
    p += n;
  }
  return 1;
}
// Opens the folder that holds a path; *leaf is its name there. `make`: with the folders that are missing.
static int folder_of(char *path, int make, char **leaf) {
  if (!sound(path)) { errno = EINVAL; return -1; }
  for (char **r = roots; *r; r++) {
    size_t n = strlen(*r);
    while (n && (*r)[n - 1] == '/') n--;
    if (strncmp(path, *r, n) || path[n] != '/') continue;
    int root = open(*r, DIRECTORY);
    if (root < 0 && errno == ENOENT && make) root = make_root(*r);
    if (root < 0) return -1;
    char *rest = path + n + 1, *cut = strrchr(rest, '/'), none[1] = "";
    if (cut) *cut = 0;
    *leaf = cut ? cut + 1 : rest;
    char *folder = cut ? rest : none;
    int fd = beneath(root, folder, n == 0);
    if (fd < 0 && errno == ENOENT && make) fd = make_beneath(root, folder, n == 0);
    int e = errno;
    close(root);
    errno = e;
    return fd;
  }
  errno = EPERM;
  return -1;
}

// ---- what was replaced. A file that loses its last name is freed at once, which takes longer than all else about a small one:
// an open descriptor puts that off until nobody waits for an answer.

enum { LEAVING = 1024, LIGHT = 64 << 10, SOME = 16 };
static int leaving[LEAVING], leaving_count;

static void put_off(int fd) {
  static int most = -1; // a quarter of what we may have open: connections need theirs
  struct rlimit limit;
  if (most < 0) most = getrlimit(RLIMIT_NOFILE, &limit) < 0 ? 0 : limit.rlim_cur / 4 > LEAVING ? LEAVING : (int)(limit.rlim_cur / 4);
  if (leaving_count < most) leaving[leaving_count++] = fd;
  else close(fd);
}
int are_leaving(void) { return leaving_count; }
void let_go(void) { // of some: who asks for something meanwhile waits no longer than for these
  for (int i = 0; i < SOME && leaving_count; i++) close(leaving[--leaving_count]);
}

// ---- writing: beside and renamed. Several files may be under way at a time: a large one must not hold up a small one.

enum { OPEN_FILES = 16 };
static struct file {
  int used, fd, folder, in_place, placed; // placed: renamed to where it belongs
  uint32_t id;
  mode_t mode;
  char leaf[256], beside[64];
} files[OPEN_FILES];

static void beside_name(char *name, size_t n, uint32_t id) { snprintf(name, n, ".homeport-%d-%u", getpid(), id); }

static int done(struct file *f, int error) {
  if (f->fd >= 0) close(f->fd);
  if (f->fd >= 0 && !f->in_place && !f->placed) unlinkat(f->folder, f->beside, 0);
  if (f->folder >= 0) close(f->folder);
  f->used = 0;
  return error;
}
static int open_in_place(struct file *f) { // for a file that may be written in a folder that may not
  struct stat st;
  int fd = openat(f->folder, f->leaf, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return -1;
  if (!fstat(fd, &st) && S_ISREG(st.st_mode) && !ftruncate(fd, 0)) return fd;
  close(fd);
  return -1;
}
static int start(struct file *f) {
  beside_name(f->beside, sizeof f->beside, f->id);
  for (int i = 0; i < 2; i++) {
    f->fd = openat(f->folder, f->beside, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (f->fd >= 0 || errno != EEXIST) break;
    unlinkat(f->folder, f->beside, 0); // from a helper that was killed
  }
  if (f->fd >= 0) return 0;
  int e = errno;
  if (e == EACCES || e == EPERM || e == EROFS) f->in_place = (f->fd = open_in_place(f)) >= 0;
  return f->fd < 0 ? e : 0;
}
static int put(int fd, const unsigned char *b, size_t n) {
  while (n) {
    ssize_t w = write(fd, b, n);
    if (w < 0 && errno != EINTR) return errno;
    if (w > 0) b += w, n -= w;
  }
  return 0;
}
static int copy_in_place(struct file *f) {
  static unsigned char buffer[64 << 10];
  int to = open_in_place(f), error = to < 0 ? errno : lseek(f->fd, 0, SEEK_SET) < 0 ? errno : 0;
  for (ssize_t n; !error && (n = read(f->fd, buffer, sizeof buffer)); error = n < 0 ? errno : put(to, buffer, n)) {}
  if (to >= 0) fchmod(to, f->mode), close(to);
  return error;
}
static int put_in_place(struct file *f) {
  struct stat old;
  int known = !fstatat(f->folder, f->leaf, &old, AT_SYMLINK_NOFOLLOW);
  if (known && !f->in_place && geteuid() == 0 && fchown(f->fd, old.st_uid, old.st_gid) < 0) known = 0; // whose it was, as far as we may
  if (fchmod(f->fd, f->mode) < 0 && errno != EPERM && errno != ENOTSUP && errno != ENOSYS) return errno;
  if (f->in_place) return 0;
  int light = known && S_ISREG(old.st_mode) && old.st_size <= LIGHT;
  int before = light ? openat(f->folder, f->leaf, O_PATH | O_NOFOLLOW | O_CLOEXEC) : -1;
  f->placed = !renameat(f->folder, f->beside, f->folder, f->leaf);
  int e = errno;
  if (before >= 0) put_off(before);
  if (f->placed) return 0;
  // EBUSY: mounted there as a file; EPERM, EACCES: somebody else's in a sticky folder
  return (e == EBUSY || e == EPERM || e == EACCES) && known && !copy_in_place(f) ? 0 : e;
}
static struct file *open_file(uint32_t id) {
  for (struct file *f = files; f < files + OPEN_FILES; f++) if (f->used && f->id == id) return f;
  return 0;
}
static int first_part(uint32_t id, unsigned char **b, size_t *n) {
  char path[PATH_LIMIT], *leaf;
  size_t size = *n < 6 ? 0 : (*b)[4] << 8 | (*b)[5];
  if (!size || *n < 6 + size) malformed("write");
  if (size >= sizeof path) return ENAMETOOLONG;
  struct file *f = files;
  while (f < files + OPEN_FILES && f->used) f++;
  if (f == files + OPEN_FILES || open_file(id)) return EBUSY;
  memcpy(path, *b + 6, size);
  path[size] = 0;
  if (strlen(path) != size) return EINVAL;
  *f = (struct file){.used = 1, .fd = -1, .id = id, .mode = get32(*b) & 07777};
  *b += 6 + size, *n -= 6 + size;
  if ((f->folder = folder_of(path, 1, &leaf)) < 0) return done(f, errno);
  strcpy(f->leaf, leaf);
  int error = start(f);
  return error ? done(f, error) : 0;
}
void write_part(uint32_t id, unsigned char *b, size_t n) {
  if (!n) malformed("write");
  int flags = *b++, error = (n--, flags & 1) ? first_part(id, &b, &n) : 0;
  if (error) { ack(id, error); return; }
  struct file *f = open_file(id);
  if (!f) return; // it failed before, and that was said
  error = put(f->fd, b, n);
  if (!error && !(flags & 2)) return;
  if (!error) error = put_in_place(f);
  ack(id, done(f, error));
}
int give_up_write(uint32_t id) {
  struct file *f = open_file(id);
  return f ? done(f, 1) : 0;
}
void give_up_writes(void) {
  for (struct file *f = files; f < files + OPEN_FILES; f++) if (f->used) done(f, 0);
}

// ---- removing, moving, linking

static int remove_tree(int folder, const char *name) {
  if (!unlinkat(folder, name, 0) || errno == ENOENT) return 0;
  int first = errno;
  if (first != EISDIR && first != EPERM) return first;
  int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), error = 0;
  DIR *d = fd < 0 ? 0 : fdopendir(fd);
  if (!d) return errno == ENOTDIR ? first : errno;
  for (struct dirent *e; !error && (e = readdir(d));)
    if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..")) error = remove_tree(fd, e->d_name);
  closedir(d);
  return error ? error : unlinkat(folder, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? errno : 0;
}
int remove_path(char *path) {
  char *leaf;
  int folder = folder_of(path, 0, &leaf);
  if (folder < 0) return errno == ENOENT ? 0 : errno;
  int error = remove_tree(folder, leaf);
  close(folder);
  return error;
}
int move_path(char *from, char *to) {
  char *old, *new;
  int source = folder_of(from, 0, &old), error = source < 0 ? errno : 0;
  int target = error ? -1 : folder_of(to, 1, &new);
  if (!error) error = target < 0 ? errno : renameat(source, old, target, new) < 0 ? errno : 0;
  if (source >= 0) close(source);
  if (target >= 0) close(target);
  return error;
}
int link_path(char *target, char *path) {
  char *leaf, beside[64];
  int folder = folder_of(path, 1, &leaf);
  if (folder < 0) return errno;
  beside_name(beside, sizeof beside, 0);
  unlinkat(folder, beside, 0);
  int error = symlinkat(target, folder, beside) < 0 ? errno : renameat(folder, beside, folder, leaf) < 0 ? errno : 0;
  if (error) unlinkat(folder, beside, 0);
  close(folder);
  return error;
}
