#include "step_hook.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>

namespace fleetman::app {

// FLEETMAN_CUT_AT names the step behind which the process kills itself, the FLEETMAN_CUT_COUNT-th time that it is
// reached; with FLEETMAN_PAUSE_AT in its place it stands still there until it gets SIGCONT.
std::function<void(std::string_view step)> step_hook()
{
    const char* const cut = std::getenv("FLEETMAN_CUT_AT");
    const char* const pause = std::getenv("FLEETMAN_PAUSE_AT");
    const char* const count = std::getenv("FLEETMAN_CUT_COUNT");
    if (cut == nullptr && pause == nullptr)
        return {};
    const int signal = cut != nullptr ? SIGKILL : SIGSTOP;
    const auto left = std::make_shared<std::atomic<int>>(count != nullptr ? std::atoi(count) : 1);
    return [step = std::string(cut != nullptr ? cut : pause), signal, left](std::string_view reached) {
        if (reached == step && left->fetch_sub(1) == 1)
            (void)::kill(::getpid(), signal); // the whole process, not this thread
    };
}

} // namespace fleetman::app
