/* A peer of shm/ring in C, made from docs/ring-format.md and nothing else.
 *
 *   peer send FILE N   takes the producer's seat, sends N numbered records, closes
 *   peer recv FILE     takes the consumer's seat, checks them up to the end, prints their number and that of the lost
 *   peer dump FILE     takes no seat, prints what a consumer would get, in hexadecimal
 *
 * Exit status: 0, 1 refused, 2 the seat is taken, 3 corrupt. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/futex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PRODUCER = 4096, CONSUMER = 8192, DATA = 65536, WAKE = 128, PARK = 256, STATE = 384, RECORDS = 512, LOST = 680, OLDEST = 896 };
enum { SEATS = 16, GLOBAL_EXPEDITED = 2, LOSSY = 2 };
enum { KIND_DATA = 0x64617461, KIND_PAD = 0x70616420 };
#define W32(off) ((uint32_t *)(mem + (off)))
#define W64(off) ((uint64_t *)(mem + (off)))
#define LOAD(w) __atomic_load_n(w, __ATOMIC_ACQUIRE)
#define STORE(w, v) (__atomic_store_n(w, v, __ATOMIC_RELEASE), __atomic_thread_fence(__ATOMIC_SEQ_CST)) /* a publisher's */
#define PLAIN(w, v) __atomic_store_n(w, v, __ATOMIC_RELAXED) /* whole, in no order */

static uint8_t *mem, *data; /* the payload, its records */
static uint64_t capacity, head, tail;
static uint64_t oldest, records, lost; /* of version 2; records is the next one's number */
static uint32_t version, woken;
static int fd, mine, other;

static void die(int code, const char *why) { fprintf(stderr, "peer: %s\n", why), exit(code); }

static uint32_t crc32c(const uint8_t *page) {
	uint32_t sum = ~0u;
	for (int i = 0; i < 4096; i++) {
		sum ^= i >= 16 && i < 20 ? 0 : page[i];
		for (int k = 0; k < 8; k++) sum = sum >> 1 ^ (sum & 1 ? 0x82f63b78 : 0);
	}
	return ~sum;
}

static void check_header(uint8_t *page, const char *magic, uint32_t newest) {
	uint32_t *w = (uint32_t *)page;
	version = w[2];
	if (memcmp(page, magic, 8) || version < 1 || version > newest || w[3] != 0x01020304) die(1, "another format");
	if (w[4] != crc32c(page)) die(1, "checksum");
}

static int lock(int type, int byte) {
	struct flock l = {.l_type = type, .l_start = (1ll << 62) + byte, .l_len = 1};
	return fcntl(fd, F_OFD_SETLK, &l);
}

static void attach(const char *path, int flags) {
	struct stat st;
	if ((fd = open(path, flags)) < 0 || lock(F_RDLCK, 0) || fstat(fd, &st)) die(1, "open");
	uint64_t size = st.st_size, at;
	uint8_t *file = size < 65536 + DATA ? MAP_FAILED
		: mmap(NULL, size, flags == O_RDWR ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
	if (file == MAP_FAILED) die(1, "map");
	check_header(file, "SHMKITRG", 1);
	memcpy(&at, file + 24, 8);
	if (at % 65536 || at > size - DATA) die(1, "payload");
	check_header(mem = file + at, "SHMKRING", LOSSY);
	data = mem + DATA, capacity = *W64(24);
	if (capacity < 4096 || capacity & (capacity - 1) || capacity > size - at - DATA) die(1, "capacity");
	tail = LOAD(W64(PRODUCER)), head = LOAD(W64(CONSUMER));
	if ((tail | head) % 8 || version != LOSSY && tail - head > capacity) die(3, "positions");
	if (version == LOSSY) lost = *W64(CONSUMER + LOST), records = *W64(CONSUMER + RECORDS) + lost;
}

static void bump(void) {
	STORE(W32(mine + WAKE), *W32(mine + WAKE) + 1);
	syscall(SYS_futex, W32(mine + WAKE), FUTEX_WAKE, 1 << 30, NULL, NULL, 0);
}

static void sit(int seat) {
	mine = PRODUCER + 4096 * seat, other = PRODUCER + CONSUMER - mine;
	if (lock(F_WRLCK, SEATS + seat)) die(2, "the seat is taken");
	tail = LOAD(W64(PRODUCER)), head = LOAD(W64(CONSUMER)); /* not before the seat is ours */
	if (!seat) oldest = *W64(mine + OLDEST), records = *W64(mine + RECORDS);
	STORE(W32(mine + PARK), (*W32(mine + PARK) | 1) + 1);
	STORE(W32(mine + STATE), 1);
	bump();
}

static void leave(void) { STORE(W32(mine + STATE), 2), bump(), close(fd); }

static void publish(uint64_t position) {
	STORE(W64(mine), position);
	uint32_t park = LOAD(W32(other + PARK));
	if (park & 1 && park != woken) woken = park, bump();
}

static int moved(uint64_t seen) { return LOAD(W64(other)) != seen || (mine == CONSUMER && LOAD(W32(other + STATE)) == 2); }

static void await(uint64_t seen) {
	uint32_t seq = LOAD(W32(other + WAKE));
	STORE(W32(mine + PARK), *W32(mine + PARK) | 1);
	struct timespec nap = {.tv_nsec = syscall(SYS_membarrier, GLOBAL_EXPEDITED, 0, 0) ? 1000000 : 50000000};
	if (!moved(seen)) syscall(SYS_futex, W32(other + WAKE), FUTEX_WAIT, seq, &nap, NULL, 0);
	STORE(W32(mine + PARK), *W32(mine + PARK) + 1);
}

static uint64_t *word(uint64_t position) { return (uint64_t *)(data + (position & (capacity - 1))); }

static void put(const uint8_t *bytes, uint64_t n) {
	uint64_t need = 8 + (n + 7 & ~7ull), left = capacity - (tail & (capacity - 1)), pad = need > left ? left : 0;
	for (uint64_t at; tail + pad + need - head > capacity; head = at) {
		if ((at = LOAD(W64(other))) == head) await(head), at = LOAD(W64(other));
		if (at % 8 || at - head > tail - head) die(3, "head");
	}
	if (pad) *word(tail) = pad - 8 | (uint64_t)KIND_PAD << 32;
	tail += pad;
	memcpy(word(tail) + 1, bytes, n);
	*word(tail) = n | (uint64_t)KIND_DATA << 32;
	publish(tail += need);
}

/* overwrite is put of version 2: it waits for nobody, but says first what it overwrites. */
static void overwrite(const uint8_t *bytes, uint64_t n) {
	uint64_t need = 16 + (n + 7 & ~7ull), left = capacity - (tail & (capacity - 1)), pad = need > left ? left : 0, was = oldest;
	while (tail + pad + need - oldest > capacity)
		oldest += 8 + ((uint32_t)*word(oldest) + 7 & ~7ull) + (*word(oldest) >> 32 == KIND_DATA) * 8;
	if (oldest != was) STORE(W64(mine + OLDEST), oldest);
	if (pad) PLAIN(word(tail), pad - 8 | (uint64_t)KIND_PAD << 32);
	tail += pad;
	for (uint64_t w, i = 0; i < n; i += 8) w = 0, memcpy(&w, bytes + i, n - i < 8 ? n - i : 8), PLAIN(word(tail) + 2 + i / 8, w);
	PLAIN(word(tail) + 1, records);
	PLAIN(word(tail), n | (uint64_t)KIND_DATA << 32);
	PLAIN(W64(mine + RECORDS), ++records);
	publish(tail += need);
}

/* catch is next of version 2: it copies, and believes the copy if the producer did not pass meanwhile. */
static uint8_t *catch(uint64_t *scan, uint64_t *n) {
	static uint64_t copy[1 << 16];
	for (;;) {
		uint32_t state = LOAD(W32(PRODUCER + STATE));
		oldest = LOAD(W64(PRODUCER + OLDEST)), tail = LOAD(W64(PRODUCER));
		if (LOAD(W64(PRODUCER + OLDEST)) != oldest) continue;
		if ((int64_t)(oldest - *scan) > 0) *scan = oldest;
		if ((tail | *scan) % 8 || tail - *scan > capacity) die(3, "tail");
		if (tail == *scan) return *n = state == 2, NULL;
		uint64_t w = LOAD(word(*scan)), left = capacity - (*scan & (capacity - 1)), kind = w >> 32, size = 8 + ((uint32_t)w + 7 & ~7ull);
		if (kind == KIND_DATA) size += 8;
		if ((int64_t)(LOAD(W64(PRODUCER + OLDEST)) - *scan) > 0) continue;
		if (size > tail - *scan || size > left || (kind != KIND_DATA && (kind != KIND_PAD || size != left))) die(3, "record");
		if (size > sizeof copy) die(1, "a record longer than this program reads");
		for (uint64_t i = 8; i < size && kind == KIND_DATA; i += 8) copy[i / 8 - 1] = LOAD(word(*scan + i));
		if ((int64_t)(LOAD(W64(PRODUCER + OLDEST)) - *scan) > 0) continue;
		*scan += size, *n = (uint32_t)w;
		if (kind != KIND_DATA) continue;
		if (copy[0] > records) lost += copy[0] - records;
		return records = copy[0] + 1, (uint8_t *)(copy + 1);
	}
}

/* next steps over one record: its bytes, or NULL when *n is 0 for empty, 1 for the end. */
static uint8_t *next(uint64_t *scan, uint64_t *n) {
	if (version == LOSSY) return catch(scan, n);
	for (;;) {
		uint32_t state = LOAD(W32(PRODUCER + STATE)); /* before the tail */
		if (tail == *scan) tail = LOAD(W64(PRODUCER));
		if (tail % 8 || tail - *scan > capacity - (*scan - head)) die(3, "tail");
		if (tail == *scan) return *n = state == 2, NULL;
		uint64_t w = *word(*scan), size = 8 + ((w & 0xffffffff) + 7 & ~7ull), left = capacity - (*scan & (capacity - 1));
		uint32_t kind = w >> 32;
		if (size > tail - *scan || size > left || (kind != KIND_DATA && (kind != KIND_PAD || size != left))) die(3, "record");
		uint8_t *bytes = (uint8_t *)(word(*scan) + 1);
		*scan += size, *n = w & 0xffffffff;
		if (kind == KIND_DATA) return bytes;
	}
}

/* Record i has i * 7919 mod 1500 bytes behind its number, all of them i mod 256. */
static uint64_t sample(uint8_t *rec, uint64_t i) {
	uint64_t n = i * 7919 % 1500;
	return memcpy(rec, &i, 8), memset(rec + 8, (int)i, n), 8 + n;
}

int main(int argc, char **argv) {
	uint8_t rec[2048], *got;
	uint64_t n, i = 0;
	if (argc < 3) die(1, "peer send FILE N | recv FILE | dump FILE");
	attach(argv[2], *argv[1] == 'd' ? O_RDONLY : O_RDWR);
	if (*argv[1] == 's') {
		for (sit(0); i < strtoull(argv[3], NULL, 10); i++) n = sample(rec, i), (version == LOSSY ? overwrite : put)(rec, n);
		leave();
	} else if (*argv[1] == 'd') {
		for (uint64_t scan = head; (got = next(&scan, &n)); puts("")) while (n--) printf("%02x", *got++);
		puts(n ? "end" : "empty");
	} else {
		for (sit(1); (got = next(&head, &n)) || !n; publish(head)) {
			if (!got) { await(tail); continue; }
			if (version == LOSSY) i = records - 1;
			if (n != sample(rec, i++) || memcmp(got, rec, n)) die(3, "not what was sent");
			if (version == LOSSY) PLAIN(W64(mine + RECORDS), records - lost), PLAIN(W64(mine + LOST), lost);
		}
		leave(), printf("%llu %llu\n", (unsigned long long)(i - lost), (unsigned long long)lost);
	}
	return 0;
}
