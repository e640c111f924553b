/* Compresses a text with LZ77 over hash chains, expands it again and sums a series with Kahan's compensation.
 * Prints the best processor time of several rounds, and ends with status 1 when a checksum is wrong: an optimizing
 * compiler may change how the numbers are made, never the numbers. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TEXT_BYTES 200000
#define HASH_SIZE 4096
#define CHAIN_STEPS 12
#define TERMS 100000
#define ROUNDS 9
#define EXPECTED_CHECKSUM 0x9756de99u

static uint8_t text[TEXT_BYTES], packed[2 * TEXT_BYTES], unpacked[TEXT_BYTES];
static int head[HASH_SIZE], chain[TEXT_BYTES];
static double terms[TERMS];

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void make_text(void)
{
    uint32_t state = 2463534242u;
    int at = 0;
    while (at < TEXT_BYTES) {
        int length = 4 + (int)(next_random(&state) % 24);
        int back = at > 600 ? 1 + (int)(next_random(&state) % 600) : 0;
        for (int i = 0; i < length && at < TEXT_BYTES; i++, at++)
            text[at] = back ? text[at - back] : (uint8_t)('a' + next_random(&state) % 20);
    }
}

static unsigned hash_of(const uint8_t *p)
{
    return (p[0] * 2654435761u ^ p[1] * 40503u ^ p[2] * 97u) % HASH_SIZE;
}

static int match_length(int first, int second)
{
    int length = 0;
    while (length < 255 && second + length < TEXT_BYTES && text[first + length] == text[second + length])
        length++;
    return length;
}

/* One token is (distance low, distance high, length, next byte); length 0 carries a byte alone. */
static int compress(void)
{
    int size = 0;
    memset(head, -1, sizeof head);
    for (int at = 0; at < TEXT_BYTES - 3;) {
        int best = 0, distance = 0, steps = CHAIN_STEPS;
        for (int candidate = head[hash_of(text + at)]; candidate >= 0 && at - candidate < 65536 && steps--;
             candidate = chain[candidate]) {
            int length = match_length(candidate, at);
            if (length > best)
                best = length, distance = at - candidate;
        }
        if (best < 4)
            best = 0;
        if (at + best >= TEXT_BYTES - 3)
            best = best ? TEXT_BYTES - 4 - at : 0;
        packed[size++] = (uint8_t)distance;
        packed[size++] = (uint8_t)(distance >> 8);
        packed[size++] = (uint8_t)best;
        packed[size++] = text[at + best];
        for (int end = at + best + 1; at < end; at++) {
            unsigned hash = hash_of(text + at);
            chain[at] = head[hash];
            head[hash] = at;
        }
    }
    return size;
}

static int expand(int size)
{
    int at = 0;
    for (int i = 0; i < size; i += 4) {
        int distance = packed[i] | packed[i + 1] << 8;
        for (int length = packed[i + 2]; length > 0; length--, at++)
            unpacked[at] = unpacked[at - distance];
        unpacked[at++] = packed[i + 3];
    }
    return at;
}

static uint32_t checksum(const uint8_t *bytes, int size)
{
    uint32_t crc = 0xffffffffu;
    for (int i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (0xedb88320u & -(crc & 1u));
    }
    return ~crc;
}

static double kahan_sum(void)
{
    double sum = 0.0, lost = 0.0;
    for (int i = 0; i < TERMS; i++) {
        double term = terms[i] - lost;
        double next = sum + term;
        lost = (next - sum) - term;
        sum = next;
    }
    return sum;
}

int main(void)
{
    double best_s = 1e9, sum = 0.0;
    int size = 0, length = 0;
    make_text();
    for (int i = 0; i < TERMS; i++)
        terms[i] = (i % 7 ? 1.0 : 1e8) / (i + 1.0);
    for (int round = 0; round < ROUNDS; round++) {
        clock_t start = clock();
        size = compress();
        length = expand(size);
        sum = kahan_sum();
        double spent_s = (double)(clock() - start) / CLOCKS_PER_SEC;
        if (spent_s < best_s)
            best_s = spent_s;
    }
    uint64_t bits;
    memcpy(&bits, &sum, sizeof bits);
    uint32_t found = checksum(packed, size) ^ checksum(unpacked, length) ^ (uint32_t)bits ^ (uint32_t)(bits >> 32);
    if (memcmp(text, unpacked, (size_t)length) || found != EXPECTED_CHECKSUM) {
        fprintf(stderr, "wrong checksum 0x%08x\n", (unsigned)found);
        return 1;
    }
    printf("packed %d bytes into %d\nrun_time_s %.6f\n", length, size, best_s);
    return 0;
}
