/* NVML without a GPU: the symbols that pynvml loads, answering from a text file.

   NVML_STUB names the file. It is read again on every call, so a test can change what
   the cards say while they are sampled. One line each:

       driver 570.86.15
       count 2
       0 name NVIDIA A100-SXM4-80GB
       0 power 251000
       1 lost

   A line that is missing is a field that is "not supported". "0 lost" takes card 0 off
   the bus. Slice 1 of card 0 (MIG) is called 0.1. Without the variable there is no driver. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUCCESS = 0, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6,
       DRIVER_NOT_LOADED = 9, GPU_IS_LOST = 15 };
enum { CARDS = 8, SLICES = 8, TEXT = 96 };

typedef struct { unsigned long long total, free, used; } Memory;
typedef struct { unsigned int gpu, memory; } Utilization;

static char names[CARDS][SLICES + 1][TEXT];

/* The rest of the line that starts with the key, after the blank; NULL where there is none. */
static char *answer(const char *key) {
    static __thread char line[4 * TEXT];
    const char *path = getenv("NVML_STUB");
    FILE *script = path ? fopen(path, "r") : NULL;
    size_t length = strlen(key);
    char *found = NULL;
    while (script && !found && fgets(line, sizeof line, script)) {
        line[strcspn(line, "\n")] = 0;
        if (!strncmp(line, key, length) && (line[length] == ' ' || !line[length]))
            found = line + length + (line[length] == ' ');
    }
    if (script) fclose(script);
    return found;
}

static int ask(const char *card, const char *field, char **text) {
    char key[2 * TEXT];
    snprintf(key, sizeof key, "%s lost", card);
    if (answer(key)) return GPU_IS_LOST;
    snprintf(key, sizeof key, "%s %s", card, field);
    *text = answer(key);
    return *text ? SUCCESS : NOT_SUPPORTED;
}

static int ask_text(const char *card, const char *field, char *out, unsigned int size) {
    char *text;
    int status = ask(card, field, &text);
    if (!status) snprintf(out, size, "%s", text);
    return status;
}

static int ask_number(const char *card, const char *field, unsigned int *out) {
    char *text;
    int status = ask(card, field, &text);
    if (!status) *out = (unsigned int)strtoul(text, NULL, 0);
    return status;
}

static int ask_large(const char *card, const char *field, unsigned long long *out) {
    char *text;
    int status = ask(card, field, &text);
    if (!status) *out = strtoull(text, NULL, 0);
    return status;
}

int nvmlInitWithFlags(unsigned int flags) {
    (void)flags;
    return answer("driver") ? SUCCESS : DRIVER_NOT_LOADED;
}

int nvmlShutdown(void) { return SUCCESS; }

const char *nvmlErrorString(int status) {
    switch (status) {
    case NOT_SUPPORTED: return "Not Supported";
    case NOT_FOUND: return "Not Found";
    case DRIVER_NOT_LOADED: return "Driver Not Loaded";
    case GPU_IS_LOST: return "GPU is lost";
    default: return "Unknown Error";
    }
}

int nvmlSystemGetDriverVersion(char *out, unsigned int size) {
    snprintf(out, size, "%s", answer("driver"));
    return SUCCESS;
}

int nvmlDeviceGetCount_v2(unsigned int *out) {
    char *text = answer("count");
    *out = text ? (unsigned int)atoi(text) : 0;
    return SUCCESS;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned int index, void **out) {
    char *text;
    unsigned int count;
    nvmlDeviceGetCount_v2(&count);
    if (index >= count || index >= CARDS) return INVALID_ARGUMENT;
    snprintf(names[index][0], TEXT, "%u", index);
    *out = names[index][0];
    return ask(*out, "name", &text);
}

int nvmlDeviceGetMaxMigDeviceCount(const char *card, unsigned int *out) {
    return ask_number(card, "mig_slices", out);
}

int nvmlDeviceGetMigDeviceHandleByIndex(const char *card, unsigned int slice, void **out) {
    char *text;
    if (slice >= SLICES) return INVALID_ARGUMENT;
    char *name = names[atoi(card)][slice + 1];
    snprintf(name, TEXT, "%d.%u", atoi(card), slice);
    *out = name;
    return ask(name, "memory_total", &text) ? NOT_FOUND : SUCCESS;
}

int nvmlDeviceGetName(const char *card, char *out, unsigned int size) {
    return ask_text(card, "name", out, size);
}

int nvmlDeviceGetUUID(const char *card, char *out, unsigned int size) {
    return ask_text(card, "uuid", out, size);
}

int nvmlDeviceGetMemoryInfo(const char *card, Memory *out) {
    int status = ask_large(card, "memory_total", &out->total);
    if (status) return status;
    if (ask_large(card, "memory_used", &out->used)) out->used = 0;
    out->free = out->total - out->used;
    return SUCCESS;
}

int nvmlDeviceGetCudaComputeCapability(const char *card, int *major, int *minor) {
    char *text;
    int status = ask(card, "compute_capability", &text);
    if (!status) sscanf(text, "%d.%d", major, minor);
    return status;
}

static int ask_mode(const char *card, const char *field, unsigned int *now, unsigned int *later) {
    int status = ask_number(card, field, now);
    if (!status) *later = *now;
    return status;
}

int nvmlDeviceGetMigMode(const char *card, unsigned int *now, unsigned int *later) {
    return ask_mode(card, "mig", now, later);
}

int nvmlDeviceGetEccMode(const char *card, unsigned int *now, unsigned int *later) {
    return ask_mode(card, "ecc", now, later);
}

int nvmlDeviceGetEnforcedPowerLimit(const char *card, unsigned int *out) {
    return ask_number(card, "power_limit", out);
}

int nvmlDeviceGetMaxPcieLinkGeneration(const char *card, unsigned int *out) {
    return ask_number(card, "pcie_generation", out);
}

int nvmlDeviceGetMaxPcieLinkWidth(const char *card, unsigned int *out) {
    return ask_number(card, "pcie_width", out);
}

int nvmlDeviceGetPowerUsage(const char *card, unsigned int *out) {
    return ask_number(card, "power", out);
}

int nvmlDeviceGetTotalEnergyConsumption(const char *card, unsigned long long *out) {
    return ask_large(card, "energy", out);
}

int nvmlDeviceGetClockInfo(const char *card, int clock, unsigned int *out) {
    return clock == 1 ? ask_number(card, "sm_clock", out) : NOT_SUPPORTED;
}

int nvmlDeviceGetTemperature(const char *card, int sensor, unsigned int *out) {
    return sensor == 0 ? ask_number(card, "temperature", out) : INVALID_ARGUMENT;
}

int nvmlDeviceGetUtilizationRates(const char *card, Utilization *out) {
    out->memory = 0;
    return ask_number(card, "utilization", &out->gpu);
}

/* A driver before 535: it has the older of the two names only. */
int nvmlDeviceGetCurrentClocksThrottleReasons(const char *card, unsigned long long *out) {
    return ask_large(card, "throttle", out);
}
