// Stands before the C library in a process that is watched (LD_PRELOAD): counts how often it asks for data to be on the
// disk, and can be told to let it wait for that. The file FLEETMAN_SYNCS is what both sides share (test/e2e/syncs.py).

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace {

struct shared_state
{
    std::atomic<std::uint64_t> asked;
    std::atomic<std::uint64_t> held; // not 0: the disk does not answer
};

shared_state* state()
{
    static auto* const shared = [] {
        const char* const name = std::getenv("FLEETMAN_SYNCS");
        const int file = name != nullptr ? ::open(name, O_RDWR | O_CLOEXEC) : -1;
        void* const seen = ::mmap(nullptr, sizeof(shared_state), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        return seen == MAP_FAILED ? nullptr : static_cast<shared_state*>(seen);
    }();
    return shared;
}

int watched(const char* name, int descriptor)
{
    constexpr useconds_t pause = 2000;
    if (shared_state* const with = state()) {
        ++with->asked;
        while (with->held != 0)
            ::usleep(pause);
    }
    return reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, name))(descriptor);
}

} // namespace

extern "C" int fsync(int descriptor)
{
    return watched("fsync", descriptor);
}

extern "C" int fdatasync(int descriptor)
{
    return watched("fdatasync", descriptor);
}

extern "C" int syncfs(int descriptor)
{
    return watched("syncfs", descriptor);
}
