/* Scan of agents' logs: calls of the usual form into a table, and from there into journal lines.
 *
 * Optional: built where a C compiler is (see build.py), loaded by ctypes. What it does not
 * understand to the last byte it does not take: `SCAN_UNUSUAL` hands the log to the readers in
 * Python, which say what it means. So it is strict where they are lenient: escaped keys, repeated
 * keys, numbers that are no small whole ones, bytes that are no UTF-8, deep nesting.
 *
 * C99 without anything but the standard library. All input is untrusted: no byte is read that was
 * not checked to be before the end, no sum is made that could overflow, and what is kept is copied.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SCAN_OK 0
#define SCAN_UNUSUAL 1
#define SCAN_NO_MEMORY 2
/* A line is for Python, which tells what it says; then the scan goes on behind it. */
#define SCAN_CONTEXT 3

#define EXPORT __attribute__((visibility("default")))

/* Larger numbers of tokens are for Python: sums of 2^20 calls stay far below 2^63. */
#define MOST_TOKENS ((int64_t)1 << 36)
/* The same for nano-dollars; and all below have at most 15 digits, which a double keeps. */
#define MOST_NUSD ((int64_t)1 << 46)
#define LONGEST_TEXT 4096
#define DEEPEST 64

enum { COUNTS = 6 };
/* What a call cost, when it is no amount: nobody was asked yet, or nobody knows. */
enum { UNPRICED = -1, UNKNOWN = -2 };

/* One call. All members have 8 bytes, so that Python can read each as a column. */
struct call {
    uint8_t mark[8];         /* of its id: BLAKE2b */
    int64_t frame;           /* what it shares with others: see struct frame */
    int64_t when;            /* 20261001235959123: digits of its time, UTC */
    int64_t counts[COUNTS];  /* of tokens: in, out, read, written, written for an hour, thought */
    int64_t nusd;            /* see above */
    int64_t source;          /* text: who says what it cost */
    int64_t place;           /* where in its log the first line of it is */
    int64_t open;            /* 1: its answer is still being written */
    int64_t id;              /* where its id is in `ids`, and how long it is */
    int64_t id_bytes;
};

/* Numbers of texts. */
struct frame {
    int64_t model, session, folder, version, branch;
};

struct slice {
    const char *at;
    size_t size;
};

/* Where a line is in the block that is being read. */
struct span {
    int64_t begin, end;
};

struct bytes {
    char *at;
    size_t size, room;
};

/* From hashes to numbers of things that are elsewhere; 0 is a free slot, else the number + 1. */
struct numbers {
    uint64_t *hashes;
    int64_t *found;
    size_t count, room;
};

struct text {
    size_t at, size;
};

enum { KINDS = 5 };

/* What the lines of a log say about those behind them. Texts are those of Python, each is there. */
struct context {
    struct frame frame;
    int64_t turn, thread;
    int64_t forked;          /* 1: some of it is repeated from another thread */
    int64_t has_total, total[KINDS];
    int64_t has_recorded, recorded[KINDS];
};

struct table {
    struct context context;
    struct call *calls;
    size_t count, room;
    struct bytes ids;
    struct bytes said; /* all texts, one after another */
    struct text *texts;
    size_t texts_count, texts_room;
    struct numbers texts_known;
    struct frame *frames;
    size_t frames_count, frames_room;
    struct numbers frames_known;
    struct slice *before, *after; /* JSON around the figures of a call, by frame; set by Python */
    size_t around_room;
    struct bytes lines;
    char *form[COUNTS + 1]; /* JSON before the number of the line, and before each count */
    int64_t own; /* text: the source of a price that a log tells */
    int failed;  /* no memory was left */
};

/* ---------------------------------------------------------------------------------- memory --- */

/* Room for one thing more in an array that doubles; 0 when there is none. */
static int grown(void **array, size_t *room, size_t needed, size_t each)
{
    size_t more = *room ? *room : 64;
    void *moved;

    if (needed <= *room)
        return 1;
    while (more < needed) {
        if (more > SIZE_MAX / 2 / each)
            return 0;
        more *= 2;
    }
    moved = realloc(*array, more * each);
    if (!moved)
        return 0;
    *array = moved;
    *room = more;
    return 1;
}

static int reserved(struct bytes *to, size_t more)
{
    return more <= SIZE_MAX - to->size &&
           grown((void **)&to->at, &to->room, to->size + more, 1);
}

static uint64_t hash_of(const char *at, size_t size)
{
    uint64_t hash = 14695981039346656037u;
    size_t i;

    for (i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)at[i]) * 1099511628211u;
    return hash ^ (hash >> 32);
}

/* The slot of a hash from `slot` on, or the free one where it belongs. */
static size_t slot_of(const struct numbers *in, uint64_t hash, size_t slot)
{
    while (in->found[slot] && in->hashes[slot] != hash)
        slot = (slot + 1) & (in->room - 1);
    return slot;
}

static int rehashed(struct numbers *in)
{
    struct numbers next = {NULL, NULL, in->count, in->room ? in->room * 2 : 256};
    size_t i, slot;

    next.hashes = calloc(next.room, sizeof *next.hashes);
    next.found = calloc(next.room, sizeof *next.found);
    if (!next.hashes || !next.found) {
        free(next.hashes);
        free(next.found);
        return 0;
    }
    for (i = 0; i < in->room; i++) {
        if (!in->found[i])
            continue;
        slot = in->hashes[i] & (next.room - 1);
        while (next.found[slot])
            slot = (slot + 1) & (next.room - 1);
        next.hashes[slot] = in->hashes[i];
        next.found[slot] = in->found[i];
    }
    free(in->hashes);
    free(in->found);
    *in = next;
    return 1;
}

/* Room for one more; 0 when there is none. Half of the slots stay free. */
static int hashable(struct numbers *in)
{
    return in->count * 2 < in->room || rehashed(in);
}

/* ------------------------------------------------------------------------------------ UTF-8 --- */

/* How many bytes the character at `at` has, of at most `left`; 0 when it is none. */
static size_t character(const unsigned char *at, size_t left)
{
    size_t size = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4, i;
    unsigned char low = 0x80, high = 0xbf;

    if (size == 1)
        return 1;
    if (at[0] < 0xc2 || at[0] > 0xf4 || left < size)
        return 0;
    if (at[0] == 0xe0)
        low = 0xa0;
    else if (at[0] == 0xed) /* halves of surrogate pairs */
        high = 0x9f;
    else if (at[0] == 0xf0)
        low = 0x90;
    else if (at[0] == 0xf4)
        high = 0x8f;
    if (at[1] < low || at[1] > high)
        return 0;
    for (i = 2; i < size; i++)
        if (at[i] < 0x80 || at[i] > 0xbf)
            return 0;
    return size;
}

static int is_utf8(struct slice text)
{
    const unsigned char *at = (const unsigned char *)text.at;
    size_t left = text.size, size;

    while (left) {
        size = character(at, left);
        if (!size)
            return 0;
        at += size;
        left -= size;
    }
    return 1;
}

/* ------------------------------------------------------------------------------------ texts --- */

/* The number of a text, the same for the same text; -1 for one that Python has to look at. */
static int64_t text_number(struct table *in, struct slice text)
{
    uint64_t hash = hash_of(text.at, text.size);
    struct text *known;
    size_t slot;

    if (!hashable(&in->texts_known)) {
        in->failed = 1;
        return -1;
    }
    slot = slot_of(&in->texts_known, hash, hash & (in->texts_known.room - 1));
    while (in->texts_known.found[slot]) {
        known = in->texts + in->texts_known.found[slot] - 1;
        if (known->size == text.size && !memcmp(in->said.at + known->at, text.at, text.size))
            return in->texts_known.found[slot] - 1;
        slot = slot_of(&in->texts_known, hash, (slot + 1) & (in->texts_known.room - 1));
    }
    if (text.size > LONGEST_TEXT || !is_utf8(text))
        return -1;
    if (!reserved(&in->said, text.size) ||
        !grown((void **)&in->texts, &in->texts_room, in->texts_count + 1, sizeof *in->texts)) {
        in->failed = 1;
        return -1;
    }
    known = in->texts + in->texts_count;
    known->at = in->said.size;
    known->size = text.size;
    memcpy(in->said.at + in->said.size, text.at, text.size);
    in->said.size += text.size;
    in->texts_known.hashes[slot] = hash;
    in->texts_known.found[slot] = (int64_t)++in->texts_count;
    in->texts_known.count++;
    return (int64_t)in->texts_count - 1;
}

static int64_t frame_number(struct table *in, const struct frame *frame)
{
    uint64_t hash = hash_of((const char *)frame, sizeof *frame);
    size_t slot;

    if (!hashable(&in->frames_known) ||
        !grown((void **)&in->frames, &in->frames_room, in->frames_count + 1, sizeof *frame)) {
        in->failed = 1;
        return -1;
    }
    slot = slot_of(&in->frames_known, hash, hash & (in->frames_known.room - 1));
    while (in->frames_known.found[slot]) {
        if (!memcmp(in->frames + in->frames_known.found[slot] - 1, frame, sizeof *frame))
            return in->frames_known.found[slot] - 1;
        slot = slot_of(&in->frames_known, hash, (slot + 1) & (in->frames_known.room - 1));
    }
    in->frames[in->frames_count] = *frame;
    in->frames_known.hashes[slot] = hash;
    in->frames_known.found[slot] = (int64_t)++in->frames_count;
    in->frames_known.count++;
    return (int64_t)in->frames_count - 1;
}

/* The number of a text that most often is the one it was the last time. */
static int64_t same_or_number(struct table *in, struct slice text, int64_t last)
{
    const struct text *known = last >= 0 ? in->texts + last : NULL;

    if (known && known->size == text.size &&
        !memcmp(in->said.at + known->at, text.at, text.size))
        return last;
    return text_number(in, text);
}

/* ------------------------------------------------------------------------------------- mark --- */

static const uint64_t blake2b_begin[8] = {
    0x6a09e667f3bcc908u, 0xbb67ae8584caa73bu, 0x3c6ef372fe94f82bu, 0xa54ff53a5f1d36f1u,
    0x510e527fade682d1u, 0x9b05688c2b3e6c1fu, 0x1f83d9abfb41bd6bu, 0x5be0cd19137e2179u,
};

static const uint8_t blake2b_order[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

static uint64_t turned(uint64_t word, int bits)
{
    return (word >> bits) | (word << (64 - bits));
}

static void mixed(uint64_t *v, int a, int b, int c, int d, uint64_t x, uint64_t y)
{
    v[a] += v[b] + x;
    v[d] = turned(v[d] ^ v[a], 32);
    v[c] += v[d];
    v[b] = turned(v[b] ^ v[c], 24);
    v[a] += v[b] + y;
    v[d] = turned(v[d] ^ v[a], 16);
    v[c] += v[d];
    v[b] = turned(v[b] ^ v[c], 63);
}

/* One block of 128 bytes; `end`: how many bytes there were up to its end. */
static void compressed(uint64_t *state, const uint8_t *block, uint64_t end, int is_last)
{
    uint64_t v[16], m[16];
    int i, k, round;

    for (i = 0; i < 16; i++)
        for (m[i] = 0, k = 7; k >= 0; k--)
            m[i] = m[i] << 8 | block[i * 8 + k];
    for (i = 0; i < 8; i++) {
        v[i] = state[i];
        v[i + 8] = blake2b_begin[i];
    }
    v[12] ^= end;
    if (is_last)
        v[14] = ~v[14];
    for (round = 0; round < 12; round++) {
        const uint8_t *o = blake2b_order[round % 10];
        mixed(v, 0, 4, 8, 12, m[o[0]], m[o[1]]);
        mixed(v, 1, 5, 9, 13, m[o[2]], m[o[3]]);
        mixed(v, 2, 6, 10, 14, m[o[4]], m[o[5]]);
        mixed(v, 3, 7, 11, 15, m[o[6]], m[o[7]]);
        mixed(v, 0, 5, 10, 15, m[o[8]], m[o[9]]);
        mixed(v, 1, 6, 11, 12, m[o[10]], m[o[11]]);
        mixed(v, 2, 7, 8, 13, m[o[12]], m[o[13]]);
        mixed(v, 3, 4, 9, 14, m[o[14]], m[o[15]]);
    }
    for (i = 0; i < 8; i++)
        state[i] ^= v[i] ^ v[i + 8];
}

/* BLAKE2b of 8 bytes without a key (RFC 7693), as `partition.mark_of` makes it. */
static void mark_of(uint8_t *mark, const char *text, size_t size)
{
    uint64_t state[8];
    uint8_t last[128] = {0};
    size_t done = 0;
    int i;

    memcpy(state, blake2b_begin, sizeof state);
    state[0] ^= 0x01010000 ^ 8;
    for (; size - done > 128; done += 128)
        compressed(state, (const uint8_t *)text + done, done + 128, 0);
    memcpy(last, text + done, size - done);
    compressed(state, last, size, 1);
    for (i = 0; i < 8; i++)
        mark[i] = (uint8_t)(state[0] >> (8 * i));
}

/* ------------------------------------------------------------------------------------- JSON --- */

/* What is left of a line. Functions that move it on return 0 where it is not what they read. */
struct rest {
    const char *at, *end;
};

static void skip_space(struct rest *in)
{
    while (in->at < in->end && (*in->at == ' ' || *in->at == '\t' || *in->at == '\r'))
        in->at++;
}

static int took(struct rest *in, char wanted)
{
    skip_space(in);
    if (in->at == in->end || *in->at != wanted)
        return 0;
    in->at++;
    return 1;
}

static int is_next(struct rest *in, char wanted)
{
    skip_space(in);
    return in->at < in->end && *in->at == wanted;
}

static int is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Whether one of eight bytes ends the plain part of a text; a byte above 0x7f may count, too. */
static int may_stop(const char *at)
{
    const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
    uint64_t eight, quotes, slashes;

    memcpy(&eight, at, sizeof eight);
    quotes = eight ^ (ones * '"');
    slashes = eight ^ (ones * '\\');
    return (((quotes - ones) | (slashes - ones) | (eight - ones * 0x20)) & high) != 0;
}

/* Over long text, in pieces that compilers make vectors of. */
static const char *long_plain_end(const char *at, const char *end)
{
    enum { PIECE = 32 };
    unsigned char stops, c;
    int i;

    while (end - at >= PIECE) {
        for (stops = 0, i = 0; i < PIECE; i++) {
            c = (unsigned char)at[i];
            stops |= (unsigned char)((c == '"') | (c == '\\') | (c < 0x20));
        }
        if (stops)
            break;
        at += PIECE;
    }
    return at;
}

/* Over the characters that stand for themselves. Most texts are short, like keys. */
static const char *plain_end(const char *at, const char *end)
{
    int eights = 0;

    while (end - at >= 8 && !may_stop(at)) {
        at += 8;
        if (++eights == 3) {
            at = long_plain_end(at, end);
            break;
        }
    }
    while (at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20)
        at++;
    return at;
}

/* Behind the backslash at `at`; NULL when it escapes nothing that JSON knows. */
static const char *escape_end(const char *at, const char *end)
{
    int i;

    if (end - at < 2)
        return NULL;
    if (at[1] != 'u')
        return at[1] && strchr("\"\\/bfnrt", at[1]) ? at + 2 : NULL;
    if (end - at < 6)
        return NULL;
    for (i = 2; i < 6; i++)
        if (!is_hex(at[i]))
            return NULL;
    return at + 6;
}

/* A string; `plain` is 0 when it has an escape in it. */
static int string(struct rest *in, struct slice *found, int *plain)
{
    const char *at;

    if (!took(in, '"'))
        return 0;
    found->at = at = in->at;
    *plain = 1;
    while ((at = plain_end(at, in->end)) < in->end && *at == '\\') {
        *plain = 0;
        at = escape_end(at, in->end);
        if (!at)
            return 0;
    }
    if (at == in->end || *at != '"')
        return 0;
    found->size = (size_t)(at - found->at);
    in->at = at + 1;
    return 1;
}

static int skip_digits(struct rest *in)
{
    const char *begin = in->at;

    while (in->at < in->end && is_digit(*in->at))
        in->at++;
    return in->at > begin;
}

/* A number of few digits, with a small exponent; others are for Python. */
static int skip_number(struct rest *in)
{
    const char *begin;

    if (in->at < in->end && *in->at == '-')
        in->at++;
    begin = in->at;
    if (!skip_digits(in) || (*begin == '0' && in->at - begin > 1))
        return 0;
    if (in->at < in->end && *in->at == '.') {
        in->at++;
        if (!skip_digits(in))
            return 0;
    }
    if (in->at - begin > 18)
        return 0;
    if (in->at < in->end && (*in->at == 'e' || *in->at == 'E')) {
        in->at++;
        if (in->at < in->end && (*in->at == '-' || *in->at == '+'))
            in->at++;
        begin = in->at;
        return skip_digits(in) && in->at - begin <= 2;
    }
    return 1;
}

static int skip_word(struct rest *in, const char *word)
{
    size_t size = strlen(word);

    if ((size_t)(in->end - in->at) < size || memcmp(in->at, word, size))
        return 0;
    in->at += size;
    return 1;
}

static int skip_value(struct rest *in, int depth);

/* The members of an array or an object, behind its first bracket. */
static int skip_members(struct rest *in, char close, int depth)
{
    struct slice key;
    int plain;

    if (took(in, close))
        return 1;
    do {
        if (close == '}' && !(string(in, &key, &plain) && took(in, ':')))
            return 0;
        if (!skip_value(in, depth + 1))
            return 0;
    } while (took(in, ','));
    return took(in, close);
}

static int skip_value(struct rest *in, int depth)
{
    struct slice text;
    int plain;

    skip_space(in);
    if (in->at == in->end || depth > DEEPEST)
        return 0;
    switch (*in->at) {
    case '"':
        return string(in, &text, &plain);
    case '{':
        in->at++;
        return skip_members(in, '}', depth);
    case '[':
        in->at++;
        return skip_members(in, ']', depth);
    case 't':
        return skip_word(in, "true");
    case 'f':
        return skip_word(in, "false");
    case 'n':
        return skip_word(in, "null");
    default:
        return skip_number(in);
    }
}

/* Members of an object, one after another: the key of the next one into `key`.
 * Returns 1; 0 behind the last; -1 when it is no object as we know them. `is_first` begins at 1.
 */
static int next_member(struct rest *in, struct slice *key, int *is_first)
{
    int plain;

    if (took(in, '}'))
        return 0;
    if (!*is_first && !took(in, ','))
        return -1;
    *is_first = 0;
    return string(in, key, &plain) && plain && took(in, ':') ? 1 : -1;
}

static int is_text(struct slice text, const char *wanted)
{
    return text.size == strlen(wanted) && !memcmp(text.at, wanted, text.size);
}

/* The place of a key in a list that ends with NULL; -1 when it is not in there. */
static int key_number(struct slice key, const char *const *known)
{
    int i;

    for (i = 0; known[i]; i++)
        if (is_text(key, known[i]))
            return i;
    return -1;
}

/* A text without escapes: 1; any other value that could be read: 0 in `is_text`. */
static int text_value(struct rest *in, struct slice *found, int *is_plain_text)
{
    int plain;

    if (is_next(in, '"')) {
        if (!string(in, found, &plain))
            return 0;
        *is_plain_text = plain;
        return 1;
    }
    *is_plain_text = 0;
    return skip_value(in, 0);
}

/* A whole number from 0 up that is not too large; `is_count` is 0 for any other value. */
static int count_value(struct rest *in, int64_t *found, int *is_count)
{
    const char *begin;
    int64_t number = 0;

    skip_space(in);
    begin = in->at;
    *is_count = 0;
    if (!skip_value(in, 0))
        return 0;
    for (; begin < in->at && is_digit(*begin); begin++)
        number = number * 10 + (*begin - '0');
    *is_count = begin == in->at && number < MOST_TOKENS;
    *found = number;
    return 1;
}

/* ----------------------------------------------------------------------------------- fields --- */

/* The digits of a time of our own form; 0 for any other text. */
static int64_t when_of(struct slice text)
{
    static const char form[] = "0000-00-00T00:00:00.000Z";
    static const int most_days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t digits = 0;
    int year, month, day, i;

    if (text.size != sizeof form - 1)
        return 0;
    for (i = 0; form[i]; i++) {
        if (form[i] == '0' ? !is_digit(text.at[i]) : text.at[i] != form[i])
            return 0;
        if (form[i] == '0')
            digits = digits * 10 + (text.at[i] - '0');
    }
    year = (int)(digits / 10000000000000);
    month = (int)(digits / 100000000000 % 100);
    day = (int)(digits / 1000000000 % 100);
    if (year < 1000 || year >= 9000 || month < 1 || month > 12)
        return 0;
    if (day < 1 || day > most_days[month - 1])
        return 0;
    if (month == 2 && day == 29 && (year % 4 || (year % 100 == 0 && year % 400)))
        return 0;
    if (digits / 10000000 % 100 > 23 || digits / 100000 % 100 > 59 || digits / 1000 % 100 > 59)
        return 0;
    return digits;
}

/* Whether a text can stand in JSON as it is, and reads the same to everybody. */
static int is_bare(struct slice text)
{
    size_t i;

    for (i = 0; i < text.size; i++)
        if (text.at[i] < 0x20 || text.at[i] > 0x7e || text.at[i] == '"' || text.at[i] == '\\')
            return 0;
    return text.size > 0 && text.size <= LONGEST_TEXT;
}

/* The number of a frame, which most often is that of the call before; -1: there is none. */
static int64_t same_or_frame_number(struct table *in, const struct frame *frame)
{
    const int64_t *last = in->count ? &in->calls[in->count - 1].frame : NULL;

    if (last && !memcmp(in->frames + *last, frame, sizeof *frame))
        return *last;
    return frame_number(in, frame);
}

/* A new call at the end of the table, whose id is made of three parts; NULL: it cannot be one. */
static struct call *added(struct table *to, const struct frame *frame, const char *provider,
                          struct slice a, struct slice b)
{
    size_t head = strlen(provider), size = head + a.size + b.size;
    const struct call *last;
    struct call *call;
    int64_t number;
    char *id;

    if (frame->model < 0)
        return NULL;
    if (!reserved(&to->ids, size) ||
        !grown((void **)&to->calls, &to->room, to->count + 1, sizeof *call)) {
        to->failed = 1;
        return NULL;
    }
    number = same_or_frame_number(to, frame);
    if (number < 0)
        return NULL;
    id = to->ids.at + to->ids.size;
    memcpy(id, provider, head);
    memcpy(id + head, a.at, a.size);
    if (b.size)
        memcpy(id + head + a.size, b.at, b.size);
    call = to->calls + to->count;
    memset(call, 0, sizeof *call);
    last = to->count ? call - 1 : NULL;
    if (last && (size_t)last->id_bytes == size && !memcmp(to->ids.at + last->id, id, size)) {
        call->id = last->id;
        memcpy(call->mark, last->mark, sizeof call->mark);
    } else {
        mark_of(call->mark, id, size);
        call->id = (int64_t)to->ids.size;
        to->ids.size += size;
    }
    call->id_bytes = (int64_t)size;
    call->frame = number;
    call->nusd = UNPRICED;
    to->count++;
    return call;
}

/* The frame of a model and four texts (session, folder, version, branch), most of which are the same
 * as those of the call before; 0 when a text is for Python.
 */
static int frame_of(struct table *in, struct slice model, const struct slice *texts,
                    struct frame *found)
{
    const struct frame *last = NULL;
    int64_t *number = &found->model;
    int i;

    if (in->count)
        last = in->frames + in->calls[in->count - 1].frame;
    for (i = 0; i < 5; i++) {
        number[i] = same_or_number(in, i ? texts[i - 1] : model, last ? (&last->model)[i] : -1);
        if (number[i] < 0)
            return 0;
    }
    return 1;
}

/* Where a word is; NULL: nowhere. In pieces that compilers make vectors of. */
static const char *found_word(const char *at, const char *end, const char *word)
{
    enum { PIECE = 64 };
    const ptrdiff_t last = (ptrdiff_t)strlen(word) - 1, half = last / 2;
    const char one = word[0], two = word[half], three = word[last];
    unsigned char hits;
    int i;

    while (end - at >= PIECE + last) {
        const char *middle = at + half, *behind = at + last;
        for (hits = 0, i = 0; i < PIECE; i++)
            hits |= (unsigned char)((at[i] == one) & (middle[i] == two) & (behind[i] == three));
        if (hits)
            for (i = 0; i < PIECE; i++)
                if (at[i] == one && !memcmp(at + i, word, (size_t)last + 1))
                    return at + i;
        at += PIECE;
    }
    for (; end - at > last; at++)
        if (*at == one && !memcmp(at, word, (size_t)last + 1))
            return at;
    return NULL;
}

static const char *line_begin(const char *block, const char *at)
{
    while (at > block && at[-1] != '\n')
        at--;
    return at;
}

/* The line of `block` that `at` is in; a line ends before its newline. */
static struct rest line_at(const char *block, const char *at, const char *end)
{
    struct rest line = {line_begin(block, at), memchr(at, '\n', (size_t)(end - at))};

    line.end = line.end ? line.end : end;
    return line;
}

/* ----------------------------------------------------------------------------------- claude --- */

enum { TOP_TYPE, TOP_MESSAGE, TOP_REQUEST, TOP_AT, TOP_SESSION, TOP_FOLDER, TOP_VERSION,
       TOP_BRANCH, TOP_COST };
static const char *const top_keys[] = {"type", "message", "requestId", "timestamp", "sessionId",
                                       "cwd", "version", "gitBranch", "costUSD", NULL};
enum { SAID_ID, SAID_MODEL, SAID_USAGE, SAID_STOP };
static const char *const said_keys[] = {"id", "model", "usage", "stop_reason", NULL};
enum { USED_IN, USED_OUT, USED_READ, USED_WRITTEN, USED_TIMES, USED_DETAILS, USED_SEARCHED,
       USED_TIER, USED_SPEED, USED_ITERATIONS };
static const char *const used_keys[] = {
    "input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens",
    "cache_creation", "output_tokens_details", "server_tool_use", "service_tier", "speed",
    "iterations", "inference_geo", "fallback_credit", NULL};

/* A line of a transcript, as far as it was read. */
struct answer {
    struct slice texts[9]; /* by the number of their key at the top */
    struct slice id, model;
    int has[16];           /* keys at the top that were seen: more than once is unusual */
    int is_answer;         /* 0: the message has no usage, or there is none */
    int unusual;           /* it is for Python, should it be an answer */
    int open;
    int64_t counts[4], hour, thought;
};

/* The count of one key in an object; any other value has none. */
static int inner_count(struct rest *in, const char *wanted, int64_t *found, int *unusual)
{
    struct slice key;
    int is_first = 1, is_count, more, seen = 0;

    if (!took(in, '{'))
        return skip_value(in, 0);
    while ((more = next_member(in, &key, &is_first)) > 0) {
        if (!is_text(key, wanted)) {
            if (!skip_value(in, 0))
                return 0;
            continue;
        }
        if (!count_value(in, found, &is_count))
            return 0;
        *unusual |= !is_count || seen;
        seen = 1;
    }
    return more == 0;
}

/* Whether a value is one of few that mean "nothing": null, 0, [] or an object of such. */
static int nothing_value(struct rest *in, int *unusual)
{
    struct slice key;
    const char *begin;
    int is_first = 1, more;

    skip_space(in);
    if (!is_next(in, '{')) {
        begin = in->at;
        if (!skip_value(in, 0))
            return 0;
        if (in->at - begin == 1 && *begin == '0')
            return 1;
        if (in->at - begin == 4 && *begin == 'n')
            return 1;
        *unusual |= !(in->at - begin == 2 && *begin == '[');
        return 1;
    }
    in->at++;
    while ((more = next_member(in, &key, &is_first)) > 0)
        if (is_next(in, '{') || is_next(in, '[') || !nothing_value(in, unusual))
            return 0;
    return more == 0;
}

static int standard_value(struct rest *in, int *unusual)
{
    struct slice text;
    int is_plain;

    if (!text_value(in, &text, &is_plain))
        return 0;
    *unusual |= !is_plain || !is_text(text, "standard");
    return 1;
}

static int usage_member(struct rest *in, int number, struct answer *to)
{
    int is_count;

    switch (number) {
    case USED_IN:
    case USED_OUT:
    case USED_READ:
    case USED_WRITTEN:
        if (!count_value(in, &to->counts[number], &is_count))
            return 0;
        to->unusual |= !is_count;
        return 1;
    case USED_TIMES:
        return inner_count(in, "ephemeral_1h_input_tokens", &to->hour, &to->unusual);
    case USED_DETAILS:
        return inner_count(in, "thinking_tokens", &to->thought, &to->unusual);
    case USED_SEARCHED:
    case USED_ITERATIONS:
        return nothing_value(in, &to->unusual);
    case USED_TIER:
    case USED_SPEED:
        return standard_value(in, &to->unusual);
    default:
        to->unusual |= number < 0;
        return skip_value(in, 0);
    }
}

static int read_usage(struct rest *in, struct answer *to)
{
    struct slice key;
    int is_first = 1, more, number, seen[16] = {0};

    if (!took(in, '{'))
        return skip_value(in, 0);
    to->is_answer = 1;
    while ((more = next_member(in, &key, &is_first)) > 0) {
        number = key_number(key, used_keys);
        if (number >= 0 && seen[number]++)
            return 0;
        if (!usage_member(in, number, to))
            return 0;
    }
    return more == 0;
}

static int read_message(struct rest *in, struct answer *to)
{
    struct slice key;
    int is_first = 1, more, number, is_plain, seen[4] = {0};

    if (!took(in, '{'))
        return skip_value(in, 0);
    while ((more = next_member(in, &key, &is_first)) > 0) {
        number = key_number(key, said_keys);
        if (number >= 0 && seen[number]++)
            return 0;
        if (number == SAID_ID || number == SAID_MODEL) {
            struct slice *text = number == SAID_ID ? &to->id : &to->model;
            if (!text_value(in, text, &is_plain))
                return 0;
            if (!is_plain)
                return 0;
        } else if (number == SAID_USAGE) {
            if (!read_usage(in, to))
                return 0;
        } else {
            to->open |= number == SAID_STOP && is_next(in, 'n');
            if (!skip_value(in, 0))
                return 0;
        }
    }
    return more == 0;
}

static int read_answer(struct rest *in, struct answer *to)
{
    struct slice key;
    int is_first = 1, more, number, is_plain;

    if (!took(in, '{'))
        return 0;
    while ((more = next_member(in, &key, &is_first)) > 0) {
        number = key_number(key, top_keys);
        if (number >= 0 && to->has[number]++)
            return 0;
        if (number == TOP_MESSAGE) {
            if (!read_message(in, to))
                return 0;
        } else if (number < 0 || number == TOP_COST) {
            if (!skip_value(in, 0))
                return 0;
        } else {
            if (!text_value(in, &to->texts[number], &is_plain))
                return 0;
            if (number == TOP_TYPE && !is_plain)
                return 0;
            to->unusual |= !is_plain;
        }
    }
    skip_space(in);
    return more == 0 && (in->at == in->end || *in->at == '\n');
}

/* One line: its call, if it has one, goes to the end of the table; `line` is behind it then. */
static int took_answer(struct table *to, struct rest *line, int64_t place)
{
    struct answer found;
    struct slice *texts = found.texts, colon[2], id;
    struct call *call;
    struct frame frame;
    int64_t when;
    char joined[LONGEST_TEXT + 1];
    size_t i;

    memset(&found, 0, sizeof found);
    for (i = 0; i < sizeof found.texts / sizeof *texts; i++)
        texts[i].at = "";
    found.id.at = "";
    if (!read_answer(line, &found))
        return 0;
    if (!found.is_answer || !is_text(texts[TOP_TYPE], "assistant"))
        return 1;
    if (is_text(found.model, "<synthetic>"))
        return 1;
    when = when_of(texts[TOP_AT]);
    if (found.unusual || found.has[TOP_COST] || !when || !found.model.at)
        return 0;
    if (!is_bare(found.id) || !is_bare(texts[TOP_REQUEST]))
        return 0;
    id = found.id;
    memcpy(joined, id.at, id.size);
    joined[id.size] = ':';
    colon[0].at = joined;
    colon[0].size = id.size + 1;
    colon[1] = texts[TOP_REQUEST];
    if (!frame_of(to, found.model, texts + TOP_SESSION, &frame))
        return 0;
    call = added(to, &frame, "claude:", colon[0], colon[1]);
    if (!call)
        return 0;
    call->when = when;
    call->place = place;
    call->open = found.open;
    call->counts[0] = found.counts[USED_IN] + found.counts[USED_READ] + found.counts[USED_WRITTEN];
    call->counts[1] = found.counts[USED_OUT];
    call->counts[2] = found.counts[USED_READ];
    call->counts[3] = found.counts[USED_WRITTEN];
    call->counts[4] = found.hour;
    call->counts[5] = found.thought;
    return 1;
}

/* Take the lines before `size`, whole ones, that have the word which every answer has. */
EXPORT int scan_claude(struct table *to, const char *block, size_t size, int64_t place)
{
    const char *at = block, *end = block + size;
    struct rest line;

    while ((at = found_word(at, end, "assistant"))) {
        line.at = line_begin(block, at);
        line.end = end; /* no line is read beyond its newline */
        if (!took_answer(to, &line, place + (line.at - block)))
            return to->failed ? SCAN_NO_MEMORY : SCAN_UNUSUAL;
        at = line.at;
    }
    return SCAN_OK;
}

/* The place of a call of the same id; -1: there is none, so that its own (`place` - 1) is noted. */
static int64_t known_call(struct numbers *in, const struct call *call, size_t place)
{
    uint64_t hash;
    size_t slot;

    memcpy(&hash, call->mark, sizeof hash);
    slot = slot_of(in, hash, hash & (in->room - 1));
    if (in->found[slot])
        return in->found[slot] - 1;
    in->hashes[slot] = hash;
    in->found[slot] = (int64_t)place;
    return -1;
}

/* Of the calls from `from` on that have one id only the last stays, with the place of the first;
 * with `is_first` the first does. Returns how many calls there are then; -1 without memory.
 */
EXPORT int64_t scan_settle(struct table *in, size_t from, int is_first)
{
    struct numbers last = {NULL, NULL, 0, 0};
    struct call *calls;
    size_t count, kept, room = 64, i;
    int64_t found;

    if (from >= in->count)
        return (int64_t)in->count;
    calls = in->calls + from;
    kept = count = in->count - from;
    while (room < count * 2)
        room *= 2;
    last.room = room;
    last.hashes = malloc(room * sizeof *last.hashes);
    last.found = calloc(room, sizeof *last.found);
    if (!last.hashes || !last.found)
        kept = SIZE_MAX;
    for (i = count; !is_first && kept != SIZE_MAX && i-- > 0;) {
        found = known_call(&last, calls + i, kept);
        if (found >= 0)
            calls[found].place = calls[i].place;
        else if (--kept != i)
            calls[kept] = calls[i];
    }
    if (is_first && kept != SIZE_MAX)
        for (kept = i = 0; i < count; i++)
            if (known_call(&last, calls + i, kept + 1) < 0)
                calls[kept++] = calls[i];
    free(last.hashes);
    free(last.found);
    if (kept == SIZE_MAX)
        return -1;
    if (!is_first) {
        memmove(calls, calls + kept, (count - kept) * sizeof *calls);
        kept = count - kept;
    }
    in->count = from + kept;
    return (int64_t)in->count;
}

/* ------------------------------------------------------------------------------------ codex --- */

static struct slice text_of(const struct table *in, int64_t number)
{
    struct slice found = {in->said.at + in->texts[number].at, in->texts[number].size};

    return found;
}

/* What is known of a log before its next line. Nothing happens for a text that is not there. */
EXPORT void scan_set_context(struct table *in, const struct context *told)
{
    const int64_t *number = &told->frame.model;
    int i;

    for (i = 0; i < 7; i++)
        if (number[i] < 0 || (size_t)number[i] >= in->texts_count)
            return;
    in->context = *told;
}

EXPORT void scan_context(const struct table *in, struct context *to)
{
    *to = in->context;
}

static int begins(const char *at, const char *end, const char *with)
{
    size_t size = strlen(with);

    return (size_t)(end - at) >= size && !memcmp(at, with, size);
}

/* The text up to the next quote. */
static struct slice up_to_quote(const char *at, const char *end)
{
    const char *quote = at < end ? memchr(at, '"', (size_t)(end - at)) : NULL;
    struct slice found = {at, quote ? (size_t)(quote - at) : 0};

    return found;
}

enum { LINE_SKIPPED, LINE_CONTEXT, LINE_RECORD, LINE_COUNT };

/* What a line of a rollout is, by the words it begins with; see `_total_in` in imports/codex.py. */
static int rollout_line(const char *at, const char *end)
{
    static const char begin[] = "{\"timestamp\":\"", type[] = ",\"type\":\"";
    static const char event[] = ",\"payload\":{\"type\":\"";
    static const char *const words[] = {"token_usage_record", "token_count", "turn_context",
                                        "session_meta", "task_started", NULL};
    struct slice time, kind;
    const char *behind;
    int i;

    if (!begins(at, end, begin))
        goto any;
    time = up_to_quote(at + sizeof begin - 1, end);
    behind = time.at + time.size + 1;
    if (behind >= end || !begins(behind, end, type))
        goto any;
    kind = up_to_quote(behind + sizeof type - 1, end);
    behind = kind.at + kind.size + 1;
    if (is_text(kind, "event_msg") && behind < end && begins(behind, end, event))
        kind = up_to_quote(behind + sizeof event - 1, end);
    if (is_text(kind, "token_usage_record"))
        return LINE_RECORD;
    if (is_text(kind, "token_count"))
        return LINE_COUNT;
    if (is_text(kind, "turn_context") || is_text(kind, "session_meta"))
        return LINE_CONTEXT;
    return is_text(kind, "task_started") || is_text(kind, "event_msg") ? LINE_CONTEXT
                                                                       : LINE_SKIPPED;
any:
    for (i = 0; words[i]; i++)
        if (found_word(at, end, words[i]))
            return LINE_CONTEXT;
    return LINE_SKIPPED;
}

/* Counts of tokens by codex: in, read, written, out, thought. */
struct counted {
    int64_t each[KINDS];
    int is_there; /* it has a member */
};

/* A line with counts. */
struct counts_line {
    struct slice at, type, event, response, tier, thread;
    struct counted total, used; /* of the thread; of the call */
    int has_info;
};

static const char *const kind_keys[] = {"input_tokens", "cached_input_tokens",
                                        "cache_write_input_tokens", "output_tokens",
                                        "reasoning_output_tokens", NULL};

static int read_counted(struct rest *in, struct counted *to)
{
    struct slice key;
    int is_first = 1, more, number, is_count, seen[KINDS] = {0};

    if (!took(in, '{'))
        return skip_value(in, 0);
    while ((more = next_member(in, &key, &is_first)) > 0) {
        to->is_there = 1;
        number = key_number(key, kind_keys);
        if (number < 0) {
            if (!skip_value(in, 0))
                return 0;
        } else if (seen[number]++ || !count_value(in, &to->each[number], &is_count) || !is_count) {
            return 0;
        }
    }
    return more == 0;
}

/* A text without escapes, or nothing else. */
static int plain_text(struct rest *in, struct slice *to)
{
    int is_plain;

    return text_value(in, to, &is_plain) && is_plain;
}

static int read_info(struct rest *in, struct counts_line *to)
{
    static const char *const keys[] = {"total_token_usage", "last_token_usage", NULL};
    struct slice key;
    int is_first = 1, more, number, seen[2] = {0};

    if (!took(in, '{'))
        return skip_value(in, 0);
    while ((more = next_member(in, &key, &is_first)) > 0) {
        number = key_number(key, keys);
        if (number >= 0 && seen[number]++)
            return 0;
        if (number < 0 ? !skip_value(in, 0) : !read_counted(in, number ? &to->used : &to->total))
            return 0;
    }
    return more == 0;
}

static int read_payload(struct rest *in, struct counts_line *to)
{
    static const char *const keys[] = {"type", "response_id", "service_tier", "thread_id",
                                       "usage", "thread_token_usage", "info", NULL};
    struct slice *const texts[] = {&to->event, &to->response, &to->tier, &to->thread};
    struct slice key;
    int is_first = 1, more, number, is_good, seen[7] = {0};

    if (!took(in, '{'))
        return 0;
    while ((more = next_member(in, &key, &is_first)) > 0) {
        number = key_number(key, keys);
        if (number >= 0 && seen[number]++)
            return 0;
        if (number < 0)
            is_good = skip_value(in, 0);
        else if (number < 4)
            is_good = plain_text(in, texts[number]);
        else if (number < 6)
            is_good = read_counted(in, number == 4 ? &to->used : &to->total);
        else
            is_good = read_info(in, to);
        if (!is_good)
            return 0;
    }
    to->has_info = seen[6];
    return more == 0 && !(seen[6] && (seen[4] || seen[5]));
}

static int read_counts_line(struct rest *in, struct counts_line *to)
{
    static const char *const keys[] = {"timestamp", "type", "payload", NULL};
    struct slice key;
    int is_first = 1, more, number, is_good, seen[3] = {0};

    if (!took(in, '{'))
        return 0;
    while ((more = next_member(in, &key, &is_first)) > 0) {
        number = key_number(key, keys);
        if (number >= 0 && seen[number]++)
            return 0;
        if (number < 0)
            is_good = skip_value(in, 0);
        else if (number == 2)
            is_good = read_payload(in, to);
        else
            is_good = plain_text(in, number ? &to->type : &to->at);
        if (!is_good)
            return 0;
    }
    skip_space(in);
    return more == 0 && in->at == in->end && seen[2];
}

static int any_of(const int64_t *counts)
{
    return (counts[0] | counts[1] | counts[2] | counts[3] | counts[4]) != 0;
}

static char *put(char *to, const char *text, size_t size);
static char *put_number(char *to, int64_t number);

/* The call of a line: with an id that the line has, else with its place in the thread. */
static int took_counts(struct table *to, const struct counts_line *line, const int64_t *spent,
                       int64_t place)
{
    const struct context *known = &to->context;
    struct slice id = line->response, model, none = {"", 0};
    struct frame shared = known->frame;
    char key[LONGEST_TEXT + 6 * 24], dear[LONGEST_TEXT + 16], *end = key;
    int64_t when = when_of(line->at);
    struct call *call;
    int i;

    if (!when)
        return 0;
    if (!id.size) {
        id = text_of(to, known->turn);
        id = id.size ? id : text_of(to, known->frame.session);
        if (!is_bare(id))
            return 0;
        end = put(end, id.at, id.size);
        for (i = 0; i < KINDS; i++) {
            *end++ = i ? '-' : ':';
            end = put_number(end, line->total.each[i]);
        }
        id.at = key;
        id.size = (size_t)(end - key);
    } else if (!is_bare(id)) {
        return 0;
    }
    model = text_of(to, known->frame.model);
    if (model.size && is_text(line->tier, "priority")) {
        end = put(dear, model.at, model.size);
        end = put(end, "-priority", 9);
        model.at = dear;
        model.size = (size_t)(end - dear);
        shared.model = text_number(to, model);
    }
    call = added(to, &shared, "codex:", id, none);
    if (!call)
        return 0;
    call->when = when;
    call->place = place;
    call->counts[0] = spent[0];
    call->counts[1] = spent[3];
    call->counts[2] = spent[1] < spent[0] ? spent[1] : spent[0];
    call->counts[3] = spent[0] - spent[1];
    if (call->counts[3] < 0)
        call->counts[3] = 0;
    if (spent[2] < call->counts[3])
        call->counts[3] = spent[2];
    call->counts[5] = spent[4] < spent[3] ? spent[4] : spent[3];
    return 1;
}

/* See `_of_record` in imports/codex.py. */
static int took_record(struct table *to, const struct counts_line *line, int64_t place)
{
    struct context *known = &to->context;
    struct slice thread = text_of(to, known->thread);
    int is_total = any_of(line->total.each), is_repeat;

    if (is_total && known->has_total &&
        !memcmp(line->total.each, known->total, sizeof known->total))
        return 1;
    is_repeat = known->forked && line->thread.size &&
                !(line->thread.size == thread.size &&
                  !memcmp(line->thread.at, thread.at, thread.size));
    if (any_of(line->used.each) && !is_repeat && !took_counts(to, line, line->used.each, place))
        return 0;
    if (is_total) {
        memcpy(known->total, line->total.each, sizeof known->total);
        known->has_total = 1;
    }
    memcpy(known->recorded, line->used.each, sizeof known->recorded);
    known->has_recorded = 1;
    return 1;
}

/* See `_of_count` in imports/codex.py. */
static int took_count(struct table *to, const struct counts_line *line, int64_t place)
{
    struct context *known = &to->context;
    const int64_t *total = line->total.each;
    int64_t spent[KINDS];
    int i, is_repeat = 0, is_less = 0;

    if (!any_of(total) ||
        (known->has_total && !memcmp(total, known->total, sizeof known->total)))
        return 1;
    if (known->forked)
        return 0;
    if (line->used.is_there) {
        is_repeat = known->has_recorded &&
                    !memcmp(line->used.each, known->recorded, sizeof known->recorded);
        known->has_recorded = 0;
    }
    for (i = 0; i < KINDS; i++) {
        spent[i] = total[i] - (known->has_total ? known->total[i] : 0);
        is_less |= spent[i] < 0;
    }
    if (line->used.is_there && (!known->has_total || is_less))
        memcpy(spent, line->used.each, sizeof spent);
    else if (is_less)
        memcpy(spent, total, sizeof spent);
    if (!is_repeat && any_of(spent) && !took_counts(to, line, spent, place))
        return 0;
    memcpy(known->total, total, sizeof known->total);
    known->has_total = 1;
    return 1;
}

static int took_counts_line(struct table *to, struct rest in, int64_t place)
{
    struct counts_line line;
    struct slice none = {"", 0};

    memset(&line, 0, sizeof line);
    line.at = line.type = line.event = line.response = line.tier = line.thread = none;
    if (!read_counts_line(&in, &line))
        return 0;
    if (is_text(line.type, "token_usage_record") && !line.has_info)
        return took_record(to, &line, place);
    if (is_text(line.type, "event_msg") && is_text(line.event, "token_count")) {
        line.response.size = line.tier.size = 0;
        return (line.has_info || !line.used.is_there) && took_count(to, &line, place);
    }
    return 0;
}

/* The running total that a line tells, as it is written; empty when it is not near its beginning. */
static struct slice total_in(const char *at, const char *end, int kind)
{
    static const char *const names[] = {"\"thread_token_usage\":{", "\"total_token_usage\":{"};
    enum { NEAR = 1024 };
    const char *name = names[kind == LINE_COUNT], *close;
    struct slice found = {"", 0};

    end = end - at < NEAR ? end : at + NEAR;
    at = found_word(at, end, name);
    if (at) {
        found.at = at + strlen(name);
        close = memchr(found.at, '}', (size_t)(end - found.at));
        found.size = close ? (size_t)(close - found.at) : 0;
    }
    return found;
}

/* Take the lines from `at` to `size`, whole ones. SCAN_CONTEXT: `found` is a line for Python. */
EXPORT int scan_codex(struct table *to, const char *block, size_t size, size_t at, int64_t place,
                      struct span *found)
{
    const char *begin = block + (at < size ? at : size), *end = block + size, *line_end;
    struct slice total, last = {"", 0}; /* a line that repeats the last total is no call */
    struct rest line;
    int kind;

    for (; begin < end; begin = line_end + 1) {
        line_end = memchr(begin, '\n', (size_t)(end - begin));
        line_end = line_end ? line_end : end;
        kind = rollout_line(begin, line_end);
        found->begin = begin - block;
        found->end = line_end - block;
        if (kind == LINE_CONTEXT)
            return SCAN_CONTEXT;
        line.at = begin;
        line.end = line_end;
        if (kind == LINE_RECORD || kind == LINE_COUNT) {
            total = total_in(begin, line_end, kind);
            if (!total.size || total.size != last.size || memcmp(total.at, last.at, last.size)) {
                if (!took_counts_line(to, line, place + found->begin))
                    return to->failed ? SCAN_NO_MEMORY : SCAN_UNUSUAL;
                last = total.size ? total : last;
            }
        }
        if (line_end == end)
            break;
    }
    return SCAN_OK;
}

/* ----------------------------------------------------------------------------------- gemini --- */

/* A line of a chat. */
struct message {
    struct slice id, at, type, model;
    int64_t counts[5]; /* in the order of their keys */
    int has_tokens;
};

static int read_tokens(struct rest *in, struct message *to)
{
    static const char *const keys[] = {"input", "tool", "output", "cached", "thoughts", NULL};
    struct slice key;
    int is_first = 1, more, number, is_count, seen[5] = {0};

    if (!took(in, '{'))
        return 0;
    while ((more = next_member(in, &key, &is_first)) > 0) {
        to->has_tokens = 1;
        number = key_number(key, keys);
        if (number < 0) {
            if (!skip_value(in, 0))
                return 0;
        } else if (seen[number]++ || !count_value(in, to->counts + number, &is_count) ||
                   !is_count) {
            return 0;
        }
    }
    return more == 0;
}

/* A line that is an answer and nothing else. */
static int read_chat_line(struct rest *in, struct message *to)
{
    static const char *const keys[] = {"id", "timestamp", "type", "model", "tokens", "sessionId",
                                       "$set", NULL};
    struct slice *const texts[] = {&to->id, &to->at, &to->type, &to->model};
    struct slice key;
    int is_first = 1, more, number, is_good, seen[7] = {0};

    if (!took(in, '{'))
        return 0;
    while ((more = next_member(in, &key, &is_first)) > 0) {
        number = key_number(key, keys);
        if (number > 4 || (number >= 0 && seen[number]++))
            return 0;
        if (number < 0)
            is_good = skip_value(in, 0);
        else
            is_good = number < 4 ? plain_text(in, texts[number]) : read_tokens(in, to);
        if (!is_good)
            return 0;
    }
    skip_space(in);
    return more == 0 && in->at == in->end && to->has_tokens && is_text(to->type, "gemini");
}

static int took_chat_line(struct table *to, struct rest in, int64_t place)
{
    struct slice none = {"", 0};
    struct message line;
    struct frame frame = to->context.frame;
    struct call *call;
    int64_t when, given;

    memset(&line, 0, sizeof line);
    line.id = line.at = line.type = line.model = none;
    if (!read_chat_line(&in, &line) || !is_bare(line.id))
        return 0;
    when = when_of(line.at);
    frame.model = text_number(to, line.model);
    call = when ? added(to, &frame, "gemini:", line.id, none) : NULL;
    if (!call)
        return 0;
    given = line.counts[0] + line.counts[1];
    call->when = when;
    call->place = place;
    call->counts[0] = given;
    call->counts[1] = line.counts[2] + line.counts[4];
    call->counts[2] = line.counts[3] < given ? line.counts[3] : given;
    call->counts[5] = line.counts[4];
    return 1;
}

/* Take the answers in the lines from `at` to `size`, whole ones. SCAN_CONTEXT: `found` is another
 * line that Python has to look at.
 */
EXPORT int scan_gemini(struct table *to, const char *block, size_t size, size_t at, int64_t place,
                       struct span *found)
{
    static const char *const words[] = {"tokens", "sessionId"};
    const char *begin = block + (at < size ? at : size), *end = block + size;
    const char *next[2] = {begin, begin}, *first;
    struct rest line;
    int i;

    for (i = 0; i < 2; i++)
        next[i] = found_word(begin, end, words[i]);
    while (next[0] || next[1]) {
        first = !next[1] || (next[0] && next[0] < next[1]) ? next[0] : next[1];
        line = line_at(block, first, end);
        found->begin = line.at - block;
        found->end = line.end - block;
        if (!took_chat_line(to, line, place + found->begin))
            return to->failed ? SCAN_NO_MEMORY : SCAN_CONTEXT;
        for (i = 0; i < 2; i++)
            if (next[i] && next[i] < line.end)
                next[i] = found_word(line.end, end, words[i]);
    }
    return SCAN_OK;
}

/* --------------------------------------------------------------------------------- opencode --- */

/* A message of opencode. */
struct stored {
    struct slice role, provider, model;
    int64_t given, said, thought, read, written, total;
    int64_t began, ended;
    int64_t nusd; /* UNPRICED: its price is not told */
};

/* A whole number of at most 15 digits. */
static int number_value(struct rest *in, int64_t *found)
{
    const char *begin;

    skip_space(in);
    begin = in->at;
    *found = 0;
    if (!skip_value(in, 0) || in->at - begin > 15)
        return 0;
    for (; begin < in->at && is_digit(*begin); begin++)
        *found = *found * 10 + (*begin - '0');
    return begin == in->at;
}

/* Dollars as nano-dollars, half to even, as Python makes them of the nearest float: the same for
 * up to 15 digits. Nothing or 0 is no price.
 */
static int dollars_value(struct rest *in, int64_t *found)
{
    const char *begin, *at;
    int64_t digits = 0, unit = 1, more;
    int decimals = 0, is_behind = 0;

    skip_space(in);
    begin = in->at;
    *found = UNPRICED;
    if (!skip_value(in, 0) || in->at - begin > 16)
        return 0;
    if (in->at - begin == 4 && *begin == 'n')
        return 1;
    for (at = begin; at < in->at; at++) {
        if (*at == '.' && !is_behind)
            is_behind = 1;
        else if (!is_digit(*at))
            return 0;
        else {
            digits = digits * 10 + (*at - '0');
            decimals += is_behind;
        }
    }
    if (digits == 0)
        return 1;
    for (; decimals < 9 && digits < MOST_NUSD; decimals++)
        digits *= 10;
    if (decimals < 9)
        return 0;
    for (; decimals > 9; decimals--)
        unit *= 10;
    *found = digits / unit;
    more = digits % unit;
    *found += more > unit - more || (unit > 1 && more == unit - more && *found % 2);
    return *found < MOST_NUSD;
}

static int read_cache(struct rest *in, struct stored *to)
{
    static const char *const keys[] = {"read", "write", NULL};
    struct slice key;
    int is_first = 1, more, number, is_count, seen[2] = {0};

    if (!took(in, '{'))
        return 0;
    while ((more = next_member(in, &key, &is_first)) > 0) {
        number = key_number(key, keys);
        if (number < 0) {
            if (!skip_value(in, 0))
                return 0;
        } else if (seen[number]++ ||
                   !count_value(in, number ? &to->written : &to->read, &is_count) || !is_count) {
            return 0;
        }
    }
    return more == 0;
}

static int read_stored_tokens(struct rest *in, struct stored *to)
{
    static const char *const keys[] = {"input", "output", "reasoning", "total", "cache", NULL};
    int64_t *const counts[] = {&to->given, &to->said, &to->thought, &to->total};
    struct slice key;
    int is_first = 1, more, number, is_count, seen[5] = {0};

    if (!took(in, '{'))
        return 0;
    while ((more = next_member(in, &key, &is_first)) > 0) {
        number = key_number(key, keys);
        if (number >= 0 && seen[number]++)
            return 0;
        if (number < 0 || number == 4) {
            if (number < 0 ? !skip_value(in, 0) : !read_cache(in, to))
                return 0;
        } else if (!count_value(in, counts[number], &is_count) || !is_count) {
            return 0;
        }
    }
    return more == 0;
}

static int read_times(struct rest *in, struct stored *to)
{
    static const char *const keys[] = {"created", "completed", NULL};
    struct slice key;
    int is_first = 1, more, number, seen[2] = {0};

    if (!took(in, '{'))
        return 0;
    while ((more = next_member(in, &key, &is_first)) > 0) {
        number = key_number(key, keys);
        if (number >= 0 && seen[number]++)
            return 0;
        if (number < 0 ? !skip_value(in, 0) : !number_value(in, number ? &to->ended : &to->began))
            return 0;
    }
    return more == 0;
}

static int read_stored(struct rest *in, struct stored *to)
{
    static const char *const keys[] = {"role", "providerID", "modelID", "tokens", "time", "cost",
                                       NULL};
    struct slice *const texts[] = {&to->role, &to->provider, &to->model};
    struct slice key;
    int is_first = 1, more, number, is_good, seen[6] = {0};

    if (!took(in, '{'))
        return 0;
    while ((more = next_member(in, &key, &is_first)) > 0) {
        number = key_number(key, keys);
        if (number >= 0 && seen[number]++)
            return 0;
        if (number < 0)
            is_good = skip_value(in, 0);
        else if (number < 3)
            is_good = plain_text(in, texts[number]);
        else if (number == 3)
            is_good = read_stored_tokens(in, to);
        else
            is_good = number == 4 ? read_times(in, to) : dollars_value(in, &to->nusd);
        if (!is_good)
            return 0;
    }
    skip_space(in);
    return more == 0 && in->at == in->end;
}

/* The digits of a moment, given in milliseconds since 1970; 0 outside of 2001 to 2096. */
static int64_t when_of_ms(int64_t ms)
{
    int64_t days = ms / 86400000, rest = ms % 86400000, year, month, day, era_day;

    if (ms < 1000000000000 || ms > 4000000000000)
        return 0;
    /* days from 0000-03-01 in the calendar that goes on for ever: years begin with March */
    era_day = (days + 719468) % 146097;
    year = (era_day - era_day / 1460 + era_day / 36524 - era_day / 146096) / 365;
    day = era_day - (365 * year + year / 4 - year / 100);
    month = (5 * day + 2) / 153;
    day -= (153 * month + 2) / 5 - 1;
    month += month < 10 ? 3 : -9;
    year += (days + 719468) / 146097 * 400 + (month <= 2);
    return ((year * 100 + month) * 100 + day) * 1000000000 + rest / 3600000 * 10000000 +
           rest / 60000 % 60 * 100000 + rest % 60000;
}

/* Takes a message of the session whose texts are those of the context; `order` becomes its place. */
static int took_stored(struct table *to, struct rest in, int64_t order)
{
    struct slice none = {"", 0}, id, name;
    struct stored line;
    struct frame frame = to->context.frame;
    struct call *call;
    char key[2 * LONGEST_TEXT + 6 * 24], *model, *end = key;
    int64_t given, said;

    memset(&line, 0, sizeof line);
    line.role = line.provider = line.model = none;
    line.nusd = UNPRICED;
    if (!read_stored(&in, &line))
        return 0;
    given = line.given + line.read + line.written;
    said = line.total && line.total >= given + line.thought ? line.total - given
                                                            : line.said + line.thought;
    if (!is_text(line.role, "assistant") || !(given + said) || !line.ended)
        return 1;
    if (!is_bare(line.provider) || !is_bare(line.model) || !line.began ||
        !text_of(to, frame.folder).size)
        return 0;
    end = put_number(end, line.began);
    *end++ = '-';
    end = put_number(end, line.ended);
    *end++ = ':';
    model = end;
    end = put(end, line.provider.at, line.provider.size);
    *end++ = '/';
    end = put(end, line.model.at, line.model.size);
    name.at = model;
    name.size = (size_t)(end - model);
    frame.model = text_number(to, name);
    *end++ = ':';
    end = put_number(end, given);
    *end++ = '-';
    end = put_number(end, said);
    id.at = key;
    id.size = (size_t)(end - key);
    call = when_of_ms(line.ended) ? added(to, &frame, "opencode:", id, none) : NULL;
    if (!call)
        return 0;
    call->when = when_of_ms(line.ended);
    call->place = order;
    call->counts[0] = given;
    call->counts[1] = said;
    call->counts[2] = line.read;
    call->counts[3] = line.written;
    call->counts[5] = line.thought;
    if (line.nusd >= 0) {
        call->nusd = line.nusd;
        call->source = to->own;
    }
    return 1;
}

/* Take messages, a line each: `many` lines with what `contexts` says of each. Their places are the
 * numbers of their lines.
 */
EXPORT int scan_opencode(struct table *to, const char *block, size_t size,
                         const struct context *const *contexts, size_t many, int64_t place)
{
    const char *at = block, *end = block + size, *line_end;
    struct rest line;
    size_t i;

    for (i = 0; i < many; i++, at = line_end + 1) {
        line_end = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
        if (!line_end)
            return SCAN_UNUSUAL;
        line.at = at;
        line.end = line_end;
        scan_set_context(to, contexts[i]);
        if (!took_stored(to, line, place + (int64_t)i))
            return to->failed ? SCAN_NO_MEMORY : SCAN_UNUSUAL;
    }
    return at == end ? SCAN_OK : SCAN_UNUSUAL;
}

/* ------------------------------------------------------------------------------------ table --- */

static uint32_t crc_tables[8][256];

static void make_crc_tables(void)
{
    uint32_t crc;
    int i, k;

    for (i = 0; i < 256; i++) {
        for (crc = (uint32_t)i, k = 0; k < 8; k++)
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
        crc_tables[0][i] = crc;
    }
    for (i = 0; i < 256; i++)
        for (k = 1; k < 8; k++)
            crc_tables[k][i] =
                crc_tables[k - 1][i] >> 8 ^ crc_tables[0][crc_tables[k - 1][i] & 0xff];
}

static uint32_t crc_of(const char *text, size_t size)
{
    const uint8_t *at = (const uint8_t *)text;
    uint32_t crc = 0xffffffffu;

    for (; size >= 8; size -= 8, at += 8) {
        crc ^= (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
               (uint32_t)at[3] << 24;
        crc = crc_tables[7][crc & 0xff] ^ crc_tables[6][crc >> 8 & 0xff] ^
              crc_tables[5][crc >> 16 & 0xff] ^ crc_tables[4][crc >> 24] ^
              crc_tables[3][at[4]] ^ crc_tables[2][at[5]] ^ crc_tables[1][at[6]] ^
              crc_tables[0][at[7]];
    }
    while (size--)
        crc = crc >> 8 ^ crc_tables[0][(crc ^ *at++) & 0xff];
    return crc ^ 0xffffffffu;
}

EXPORT void scan_free(struct table *old)
{
    size_t i;

    if (!old)
        return;
    for (i = 0; i < old->around_room; i++) {
        free((char *)old->before[i].at);
        free((char *)old->after[i].at);
    }
    for (i = 0; i <= COUNTS; i++)
        free(old->form[i]);
    free(old->before);
    free(old->after);
    free(old->calls);
    free(old->ids.at);
    free(old->said.at);
    free(old->lines.at);
    free(old->texts);
    free(old->texts_known.hashes);
    free(old->texts_known.found);
    free(old->frames);
    free(old->frames_known.hashes);
    free(old->frames_known.found);
    free(old);
}

static char *copied(const char *text, size_t size)
{
    char *made = malloc(size + 1);

    if (made) {
        memcpy(made, text, size);
        made[size] = 0;
    }
    return made;
}

/* An empty table; NULL without memory. `own`: the source of a price that a log tells. */
EXPORT struct table *scan_new(const char *own)
{
    struct table *made = calloc(1, sizeof *made);
    struct slice source = {own, strlen(own)};

    if (!made)
        return NULL;
    make_crc_tables();
    made->own = text_number(made, source);
    if (made->own < 0) {
        scan_free(made);
        return NULL;
    }
    return made;
}

/* What lines are made of: the JSON of one before its number, then that before each count of tokens.
 * Returns 0 without memory.
 */
EXPORT int scan_form(struct table *in, const char *const *form)
{
    char *made;
    size_t i;

    for (i = 0; i <= COUNTS; i++) {
        made = copied(form[i], strlen(form[i]));
        if (!made)
            return 0;
        free(in->form[i]);
        in->form[i] = made;
    }
    return 1;
}

EXPORT size_t scan_count(const struct table *in)
{
    return in->count;
}

/* The calls before `count` stay. */
EXPORT void scan_cut(struct table *in, size_t count)
{
    if (count < in->count)
        in->count = count;
}

EXPORT const struct call *scan_calls(const struct table *in)
{
    return in->calls;
}

EXPORT const char *scan_ids(const struct table *in)
{
    return in->ids.at;
}

EXPORT size_t scan_frames(const struct table *in, const struct frame **found)
{
    *found = in->frames;
    return in->frames_count;
}

EXPORT size_t scan_texts(const struct table *in)
{
    return in->texts_count;
}

EXPORT const char *scan_text(const struct table *in, size_t number, size_t *size)
{
    if (number >= in->texts_count)
        return NULL;
    *size = in->texts[number].size;
    return in->said.at + in->texts[number].at;
}

/* The number of a text that Python has; -1 when it cannot be kept. */
EXPORT int64_t scan_number(struct table *in, const char *text, size_t size)
{
    struct slice told = {text, size};

    return text_number(in, told);
}

/* The marks of the calls from `from` on, one after another. */
EXPORT void scan_marks(const struct table *in, size_t from, uint8_t *to)
{
    for (; from < in->count; from++, to += sizeof in->calls->mark)
        memcpy(to, in->calls[from].mark, sizeof in->calls->mark);
}

/* ------------------------------------------------------------------------------------ money --- */

/* The prices of a model for requests of up to so many tokens; rates in whole units a token, in the
 * order fresh, read, written, written for an hour, said, thought; then that of the request.
 */
struct rates {
    int64_t most_given;
    int64_t each[COUNTS];
    int64_t request;
    int64_t unit; /* so many of these are a nano-dollar */
};

/* Nano-dollars, half to even; UNPRICED for what Python has to say. */
static int64_t nusd_of(const int64_t *c, const struct rates *rates)
{
    const int64_t tokens[COUNTS] = {c[0] - c[2] - c[3], c[2], c[3] - c[4], c[4], c[1] - c[5], c[5]};
    int64_t total = rates->request, most = INT64_MAX / 8, whole, rest, more;
    int i;

    for (i = 0; i < COUNTS; i++) {
        if (tokens[i] < 0 || (rates->each[i] && tokens[i] > most / rates->each[i]))
            return UNPRICED;
        total += tokens[i] * rates->each[i];
    }
    whole = total / rates->unit;
    rest = total % rates->unit;
    more = rates->unit - rest;
    whole += rest > more || (rest == more && whole % 2);
    return whole < MOST_NUSD ? whole : UNPRICED;
}

/* Price all calls of a model that have no price. `sizes`: how many `rates`, by rising size; the last
 * is for any size. `source`: the number of the text that says where the price is from.
 */
EXPORT void scan_price(struct table *in, int64_t model, const struct rates *rates, size_t sizes,
                       int64_t source)
{
    struct call *call = in->calls, *end = in->calls + in->count;
    size_t i;

    for (; call < end; call++) {
        if (call->nusd != UNPRICED || in->frames[call->frame].model != model)
            continue;
        for (i = 0; i + 1 < sizes && call->counts[0] > rates[i].most_given;)
            i++;
        call->nusd = nusd_of(call->counts, rates + i);
        call->source = source;
    }
}

/* What Python says that a call costs; UNKNOWN: nobody knows. Returns 0 for too much. */
EXPORT int scan_set_price(struct table *in, size_t number, int64_t nusd, int64_t source)
{
    if (number >= in->count || nusd < UNKNOWN || nusd >= MOST_NUSD)
        return 0;
    in->calls[number].nusd = nusd;
    in->calls[number].source = source;
    return 1;
}

/* Add up the calls of `chosen` by model: for each number of a text there are 9 sums in `to`, which
 * begins with zeros: calls, six counts of tokens, calls of unknown cost, nano-dollars.
 */
EXPORT void scan_sums(const struct table *in, const int64_t *chosen, size_t many, int64_t *to)
{
    const struct call *call;
    int64_t *sums;
    size_t i;
    int k;

    for (i = 0; i < many; i++) {
        if (chosen[i] < 0 || (size_t)chosen[i] >= in->count)
            continue;
        call = in->calls + chosen[i];
        sums = to + 9 * in->frames[call->frame].model;
        sums[0]++;
        for (k = 0; k < COUNTS; k++)
            sums[1 + k] += call->counts[k];
        if (call->nusd < 0)
            sums[7]++;
        else
            sums[8] += call->nusd;
    }
}

/* ------------------------------------------------------------------------------------ lines --- */

/* What stands in the lines of a frame between the time and the tokens, and behind the cost. */
EXPORT int scan_around(struct table *in, size_t frame, const char *before, size_t before_size,
                       const char *after, size_t after_size)
{
    size_t old = in->around_room, room = old;
    char *one, *two;

    if (frame >= in->frames_count)
        return 0;
    if (!grown((void **)&in->before, &room, frame + 1, sizeof *in->before))
        return 0;
    room = old;
    if (!grown((void **)&in->after, &room, frame + 1, sizeof *in->after))
        return 0;
    memset(in->before + old, 0, (room - old) * sizeof *in->before);
    memset(in->after + old, 0, (room - old) * sizeof *in->after);
    in->around_room = room;
    one = copied(before, before_size);
    two = copied(after, after_size);
    if (!one || !two) {
        free(one);
        free(two);
        return 0;
    }
    free((char *)in->before[frame].at);
    free((char *)in->after[frame].at);
    in->before[frame].at = one;
    in->before[frame].size = before_size;
    in->after[frame].at = two;
    in->after[frame].size = after_size;
    return 1;
}

static char *put(char *to, const char *text, size_t size)
{
    memcpy(to, text, size);
    return to + size;
}

static char *put_text(char *to, const char *text)
{
    return put(to, text, strlen(text));
}

static char *put_number(char *to, int64_t number)
{
    char digits[20];
    size_t size = 0;

    do
        digits[sizeof digits - ++size] = (char)('0' + number % 10);
    while (number /= 10);
    return put(to, digits + sizeof digits - size, size);
}

static char *put_digits(char *to, int64_t number, int many)
{
    int i;

    for (i = many; i-- > 0; number /= 10)
        to[i] = (char)('0' + number % 10);
    return to + many;
}

static char *put_when(char *to, int64_t when)
{
    static const char form[] = "0000-00-00T00:00:00.000Z";
    int i;

    memcpy(to, form, sizeof form - 1);
    for (i = (int)sizeof form - 2; i >= 0; i--)
        if (form[i] == '0') {
            to[i] = (char)('0' + when % 10);
            when /= 10;
        }
    return to + sizeof form - 1;
}

/* Nano-dollars as Python writes the nearest float of dollars: the shortest digits, which for fewer
 * than 16 are those of the amount itself.
 */
static char *put_dollars(char *to, int64_t nusd)
{
    char digits[20], *end = put_number(digits, nusd);
    int many = (int)(end - digits), power = many - 10;

    if (nusd >= 100000 || nusd == 0) {
        to = put_number(to, nusd / 1000000000);
        *to++ = '.';
        to = put_digits(to, nusd % 1000000000, 9);
        while (to[-1] == '0' && to[-2] != '.')
            to--;
        return to;
    }
    while (digits[many - 1] == '0')
        many--;
    *to++ = digits[0];
    if (many > 1) {
        *to++ = '.';
        to = put(to, digits + 1, (size_t)many - 1);
    }
    to = put_text(to, "e-0");
    return put_number(to, -power);
}

static char *put_price(const struct table *in, char *to, const struct call *call)
{
    const struct text *source = in->texts + call->source;

    if (call->nusd < 0)
        return put_text(to, "\"cost\":null,\"cost_nusd\":null,\"cost_source\":\"unknown\"");
    to = put_text(to, "\"cost\":");
    to = put_dollars(to, call->nusd);
    to = put_text(to, ",\"cost_nusd\":");
    to = put_number(to, call->nusd);
    to = put_text(to, ",\"cost_source\":\"");
    to = put(to, in->said.at + source->at, source->size);
    return put_text(to, "\"");
}

static char *put_line(const struct table *in, char *to, const struct call *call, int64_t seq)
{
    static const char hex[] = "0123456789abcdef";
    const struct slice *before = in->before + call->frame, *after = in->after + call->frame;
    const char *begin = to;
    uint32_t crc;
    int i;

    to = put_text(to, in->form[0]);
    to = put_number(to, seq);
    to = put_text(to, ",\"id\":\"");
    to = put(to, in->ids.at + call->id, (size_t)call->id_bytes);
    to = put_text(to, "\",\"ts\":\"");
    to = put_when(to, call->when);
    to = put_text(to, "\",");
    to = put(to, before->at, before->size);
    for (i = 0; i < COUNTS; i++) {
        to = put_text(to, in->form[1 + i]);
        to = put_number(to, call->counts[i]);
    }
    to = put_text(to, "},");
    to = put_price(in, to, call);
    to = put_text(to, ",");
    to = put(to, after->at, after->size);
    crc = crc_of(begin, (size_t)(to - begin));
    to = put_text(to, ",\"crc\":\"");
    for (i = 28; i >= 0; i -= 4)
        *to++ = hex[crc >> i & 15];
    return put_text(to, "\"}\n");
}

/* How many bytes the line of a call has at most; 0 when it cannot be written. */
static size_t line_bytes(const struct table *in, int64_t number)
{
    const struct call *call;
    size_t size = 512, i;

    if (number < 0 || (size_t)number >= in->count)
        return 0;
    call = in->calls + number;
    if ((size_t)call->frame >= in->around_room || !in->before[call->frame].at)
        return 0;
    if (!in->form[COUNTS])
        return 0;
    if (call->nusd == UNPRICED || (call->nusd >= 0 && (size_t)call->source >= in->texts_count))
        return 0;
    for (i = 0; i <= COUNTS; i++)
        size += strlen(in->form[i]);
    if (call->nusd >= 0)
        size += in->texts[call->source].size;
    size += in->before[call->frame].size + in->after[call->frame].size;
    return size + (size_t)call->id_bytes;
}

/* The lines of the calls of `chosen`, numbered from `seq` on, at `found`; how many bytes they have,
 * -1 when one cannot be written or there is no memory. They stay until the next are asked for.
 */
EXPORT int64_t scan_lines(struct table *in, const int64_t *chosen, size_t many, int64_t seq,
                          const char **found)
{
    size_t most, i;
    char *end;

    in->lines.size = 0;
    for (i = 0; i < many; i++) {
        most = line_bytes(in, chosen[i]);
        if (!most || seq < 0 || !reserved(&in->lines, most))
            return -1;
        end = put_line(in, in->lines.at + in->lines.size, in->calls + chosen[i], seq++);
        in->lines.size = (size_t)(end - in->lines.at);
    }
    *found = in->lines.at;
    return (int64_t)in->lines.size;
}
