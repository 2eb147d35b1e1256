/*
 * Zeroing with the instructions of the kernel of 2007; strategies/linux/zeroing.py names the source
 * and what is done on aarch64.
 */
#ifndef ZEROING_H
#define ZEROING_H

#include "model.h"

#ifdef __aarch64__
static __always_inline void zero_by_stos(void *at, unsigned long words)
{
	__asm__ volatile("1: stp xzr, xzr, [%0], #16\n\t"
			 "subs %1, %1, #2\n\t"
			 "b.gt 1b"
			 : "+r"(at), "+r"(words)
			 :
			 : "memory", "cc");
}

#define zero_by_mov zero_by_stos
#else
static __always_inline void zero_by_stos(void *at, unsigned long words)
{
	__asm__ volatile("rep stosq" : "+D"(at), "+c"(words) : "a"(0UL) : "memory");
}

static __always_inline void zero_by_mov(void *at, unsigned long words)
{
	__asm__ volatile("movq %%rcx, %%rdx\n\t"
			 "shrq $3, %%rcx\n\t"
			 "jz 2f\n"
			 "1: decq %%rcx\n\t"
			 "movq %%rax, (%%rdi)\n\t"
			 "movq %%rax, 8(%%rdi)\n\t"
			 "movq %%rax, 16(%%rdi)\n\t"
			 "movq %%rax, 24(%%rdi)\n\t"
			 "movq %%rax, 32(%%rdi)\n\t"
			 "movq %%rax, 40(%%rdi)\n\t"
			 "movq %%rax, 48(%%rdi)\n\t"
			 "movq %%rax, 56(%%rdi)\n\t"
			 "leaq 64(%%rdi), %%rdi\n\t"
			 "jnz 1b\n"
			 "2: andq $7, %%rdx\n\t"
			 "jz 4f\n"
			 "3: decq %%rdx\n\t"
			 "movq %%rax, (%%rdi)\n\t"
			 "leaq 8(%%rdi), %%rdi\n\t"
			 "jnz 3b\n"
			 "4:"
			 : "+D"(at), "+c"(words)
			 : "a"(0UL)
			 : "rdx", "memory", "cc");
}
#endif

#endif
