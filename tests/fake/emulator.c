/*
 * Calls functions for another process, with which it shares memory at the same addresses
 * (tests/fake/emulator.py). Freestanding, as the kernels are: it needs no libc of its machine.
 *
 * It is told where memory is (struct memory), answers where its clock_gettime is, and from then on
 * is told a function's address and eight words, as many as registers carry (struct call), and
 * answers what that returned, until nobody asks. Address 0 asks it to forget what it knows of code,
 * which the other process may have changed unseen.
 */
typedef unsigned long u64;
typedef long function(u64, u64, u64, u64, u64, u64, u64, u64);

struct memory {
	u64 file, base, code_bytes, data_bytes;
};

struct call {
	u64 address, words[8];
};

struct limit {
	u64 soft, hard;
};

enum { READ = 63, WRITE = 64, EXIT = 93, CLOCK_GETTIME = 113, MMAP = 222, PRLIMIT = 261 };
enum { PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4 };
enum { MAP_SHARED = 1, MAP_FIXED = 0x10, MAP_FIXED_NOREPLACE = 0x100000 };
enum { RLIMIT_CPU = 0, RLIMIT_CORE = 4 };
enum { CPU_SECONDS_MAX = 300 }; /* a walk that never ends is stopped */

static long system(long number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
	register u64 x8 __asm__("x8") = number;
	register u64 x0 __asm__("x0") = a;
	register u64 x1 __asm__("x1") = b;
	register u64 x2 __asm__("x2") = c;
	register u64 x3 __asm__("x3") = d;
	register u64 x4 __asm__("x4") = e;
	register u64 x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x8)
			 : "memory");
	return x0;
}

static void leave(int status)
{
	for (;;)
		system(EXIT, status, 0, 0, 0, 0, 0);
}

static void limit(int what, u64 most)
{
	struct limit limit = { most, most };

	if (system(PRLIMIT, 0, what, (u64)&limit, 0, 0, 0))
		leave(3);
}

static void receive(void *to, u64 bytes)
{
	char *at = to;

	while (bytes) {
		long got = system(READ, 0, (u64)at, bytes, 0, 0, 0);

		if (got <= 0)
			leave(got < 0);
		at += got;
		bytes -= got;
	}
}

static void answer(long word)
{
	if (system(WRITE, 1, (u64)&word, sizeof(word), 0, 0, 0) != sizeof(word))
		leave(1);
}

static void map(const struct memory *memory, u64 from, u64 bytes, int may, int how)
{
	u64 at = memory->base + from;

	if (system(MMAP, at, bytes, may, MAP_SHARED | how, memory->file, from) != (long)at)
		leave(2);
}

/* Map code: where it was mapped before, an emulator drops what it translated. */
static long map_code(const struct memory *memory, int how)
{
	map(memory, 0, memory->code_bytes, PROT_READ | PROT_EXEC, how);
	return 0;
}

static long read_clock(u64 which, u64 at)
{
	return system(CLOCK_GETTIME, which, at, 0, 0, 0, 0);
}

void _start(void)
{
	struct memory memory;
	struct call call;

	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, CPU_SECONDS_MAX);
	receive(&memory, sizeof(memory));
	map_code(&memory, MAP_FIXED_NOREPLACE);
	map(&memory, memory.code_bytes, memory.data_bytes, PROT_READ | PROT_WRITE,
	    MAP_FIXED_NOREPLACE);
	for (answer((long)read_clock);;) {
		const u64 *w = call.words;

		receive(&call, sizeof(call));
		answer(call.address ? ((function *)call.address)(w[0], w[1], w[2], w[3], w[4], w[5],
								 w[6], w[7]) :
				      map_code(&memory, MAP_FIXED));
	}
}
