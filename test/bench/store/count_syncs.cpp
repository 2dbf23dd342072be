// Stands before the C library in a server that is watched (LD_PRELOAD), and counts in the first 8 bytes of the file
// FLEETMAN_SYNCS how often it has asked for data to be on the disk.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace {

std::atomic<std::uint64_t>* counter()
{
    static auto* const shared = [] {
        const char* const name = std::getenv("FLEETMAN_SYNCS");
        const int file = name != nullptr ? ::open(name, O_RDWR | O_CLOEXEC) : -1;
        void* const seen = ::mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        return seen == MAP_FAILED ? nullptr : static_cast<std::atomic<std::uint64_t>*>(seen);
    }();
    return shared;
}

int counted(const char* name, int descriptor)
{
    if (counter() != nullptr)
        ++*counter();
    return reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, name))(descriptor);
}

} // namespace

extern "C" int fsync(int descriptor)
{
    return counted("fsync", descriptor);
}

extern "C" int fdatasync(int descriptor)
{
    return counted("fdatasync", descriptor);
}

extern "C" int syncfs(int descriptor)
{
    return counted("syncfs", descriptor);
}
