// limit.c - what two processes can do with one ring in shared memory.
//
// stream SIZE CAPACITY WARM_MS SEGMENTS SEGMENT_MS CPU0 CPU1
//     A child fills a single-producer single-consumer ring, the parent empties
//     it. A record is an 8-byte header (its length) and SIZE bytes, padded to 8;
//     it never wraps, since the data is mapped twice in a row. The length is a
//     run-time value on both sides: the reader learns it from the header. Each
//     side keeps a private copy of the other's index and reads the shared one
//     only when that copy says full or empty; an index is published after every
//     record with a release store (a plain MOV on x86). The producer copies the
//     bytes from a buffer and stamps the record's number into the first 8; the
//     reader copies every byte into a buffer and checks the number.
//     Prints the nanoseconds per record of each segment.
// batch SIZE ...
//     The same with one publication for 64 records.
// pingpong SIZE WARM_MS SEGMENTS SEGMENT_MS CPU0 CPU1
//     A value goes to the child and back, SIZE bytes on a cache line of their
//     own in each direction: the number and the bytes in one line.
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__) || defined(__i386__)
#define PAUSE() __builtin_ia32_pause()
#else
#define PAUSE() __asm__ volatile("yield")
#endif

typedef struct {
	_Alignas(128) _Atomic uint64_t tail;
	_Alignas(128) _Atomic uint64_t head;
	_Alignas(128) _Atomic uint64_t ping[8];
	_Alignas(128) _Atomic uint64_t pong[8];
} shared;

static shared *sh;
static uint8_t *data;
static uint64_t capacity, mask;

static void die(const char *what) { perror(what); exit(1); }

static uint64_t now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void pin(int cpu) {
	cpu_set_t set;
	if (cpu < 0) return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof set, &set);
}

static void map(void) {
	int fd = memfd_create("limit", 0);
	if (fd < 0 || ftruncate(fd, 4096 + (off_t)capacity)) die("memfd");
	sh = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	data = mmap(0, 2 * capacity, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (sh == MAP_FAILED || data == MAP_FAILED) die("mmap");
	for (int i = 0; i < 2; i++)
		if (mmap(data + (uint64_t)i * capacity, capacity, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd, 4096) == MAP_FAILED) die("mmap");
}

// Small copies are cheaper written out than called.
static inline void copy(uint8_t *to, const uint8_t *from, uint64_t n) {
	if (n <= 16) {
		if (n >= 8) {
			uint64_t a, b;
			memcpy(&a, from, 8);
			memcpy(&b, from + n - 8, 8);
			memcpy(to, &a, 8);
			memcpy(to + n - 8, &b, 8);
			return;
		}
		for (uint64_t i = 0; i < n; i++) to[i] = from[i];
		return;
	}
	memcpy(to, from, n);
}

static inline uint64_t load64(const void *p) { uint64_t v; memcpy(&v, p, 8); return v; }
static inline void store64(void *p, uint64_t v) { memcpy(p, &v, 8); }

__attribute__((noinline)) static void produce(uint64_t size, unsigned batch) {
	uint8_t *from = aligned_alloc(64, size + 128);
	uint64_t tail = 0, head = 0, need = 8 + ((size + 7) & ~7ull);
	unsigned pending = 0;
	memset(from, 0x5a, size + 128);
	for (uint64_t number = 0;; number++) {
		if (tail + need - head > capacity) {
			if (pending) { atomic_store_explicit(&sh->tail, tail, memory_order_release); pending = 0; }
			while (tail + need - (head = atomic_load_explicit(&sh->head, memory_order_acquire)) > capacity) PAUSE();
		}
		uint8_t *at = data + (tail & mask);
		store64(from, number);
		store64(at, size);
		copy(at + 8, from, size);
		tail += need;
		if (++pending >= batch) { atomic_store_explicit(&sh->tail, tail, memory_order_release); pending = 0; }
	}
}

static uint64_t tail_seen, head_mine, number_next;

__attribute__((noinline)) static void consume(uint8_t *into, uint64_t records, unsigned batch) {
	uint64_t tail = tail_seen, head = head_mine, number = number_next, end = number + records;
	unsigned pending = 0;
	for (; number < end; number++) {
		if (head == tail) {
			if (pending) { atomic_store_explicit(&sh->head, head, memory_order_release); pending = 0; }
			while ((tail = atomic_load_explicit(&sh->tail, memory_order_acquire)) == head) PAUSE();
		}
		uint8_t *at = data + (head & mask);
		uint64_t n = load64(at);
		copy(into, at + 8, n);
		if (load64(into) != number) { fprintf(stderr, "record %llu is wrong\n", (unsigned long long)number); exit(1); }
		head += 8 + ((n + 7) & ~7ull);
		if (++pending >= batch) { atomic_store_explicit(&sh->head, head, memory_order_release); pending = 0; }
	}
	atomic_store_explicit(&sh->head, head, memory_order_release);
	tail_seen = tail; head_mine = head; number_next = number;
}

static void pong_loop(uint64_t words) {
	for (uint64_t turn = 1;; turn++) {
		while (atomic_load_explicit(&sh->ping[0], memory_order_acquire) != turn) PAUSE();
		for (uint64_t i = 1; i < words; i++)
			atomic_store_explicit(&sh->pong[i], atomic_load_explicit(&sh->ping[i], memory_order_relaxed), memory_order_relaxed);
		atomic_store_explicit(&sh->pong[0], turn, memory_order_release);
	}
}

static uint64_t turn_next = 1;

static void ping_loop(uint64_t words, uint64_t turns) {
	for (uint64_t end = turn_next + turns; turn_next < end; turn_next++) {
		for (uint64_t i = 1; i < words; i++) atomic_store_explicit(&sh->ping[i], turn_next, memory_order_relaxed);
		atomic_store_explicit(&sh->ping[0], turn_next, memory_order_release);
		while (atomic_load_explicit(&sh->pong[0], memory_order_acquire) != turn_next) PAUSE();
		for (uint64_t i = 1; i < words; i++)
			if (atomic_load_explicit(&sh->pong[i], memory_order_relaxed) != turn_next) exit(1);
	}
}

int main(int argc, char **argv) {
	if (argc != 9) { fprintf(stderr, "usage: %s stream|batch|pingpong SIZE CAPACITY WARM_MS SEGMENTS SEGMENT_MS CPU0 CPU1\n", argv[0]); return 2; }
	int stream = strcmp(argv[1], "pingpong") != 0;
	unsigned batch = strcmp(argv[1], "batch") ? 1 : 64;
	uint64_t size = strtoull(argv[2], 0, 10);
	capacity = strtoull(argv[3], 0, 10);
	mask = capacity - 1;
	uint64_t warm = strtoull(argv[4], 0, 10) * 1000000, segment = strtoull(argv[6], 0, 10) * 1000000;
	int segments = atoi(argv[5]);
	if (capacity & mask || size < 8 || 2 * (size + 16) > capacity) { fprintf(stderr, "bad size\n"); return 2; }
	map();
	pid_t parent = getpid(), child = fork();
	if (child < 0) die("fork");
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent) return 0;
		pin(atoi(argv[7]));
		if (stream) produce(size, batch); else pong_loop(size / 8 > 8 ? 8 : size / 8);
	}
	pin(atoi(argv[8]));
	uint8_t *into = aligned_alloc(64, (size + 191) & ~63ull);
	uint64_t words = size / 8 > 8 ? 8 : size / 8, count = 64, start = now();
	for (;;) {
		uint64_t t = now();
		if (stream) consume(into, count, batch); else ping_loop(words, count);
		uint64_t took = now() - t;
		if (took < segment / 4) count *= 2;
		else if (now() - start > warm) { count = count * segment / took + 1; break; }
	}
	for (int i = 0; i < segments; i++) {
		uint64_t t = now();
		if (stream) consume(into, count, batch); else ping_loop(words, count);
		printf("%.3f\n", (double)(now() - t) / (double)count);
	}
	kill(child, SIGKILL);
	return 0;
}
