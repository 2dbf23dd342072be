#include "spawn.hpp"

#include <fleetman/host/os_error.hpp>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string_view>

namespace fleetman::host {
namespace {

class file_actions
{
public:
    file_actions() { ::posix_spawn_file_actions_init(&actions_); }
    ~file_actions() { ::posix_spawn_file_actions_destroy(&actions_); }
    file_actions(const file_actions&) = delete;
    file_actions& operator=(const file_actions&) = delete;
    posix_spawn_file_actions_t* get() { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
};

class attributes
{
public:
    attributes() { ::posix_spawnattr_init(&attributes_); }
    ~attributes() { ::posix_spawnattr_destroy(&attributes_); }
    attributes(const attributes&) = delete;
    attributes& operator=(const attributes&) = delete;
    posix_spawnattr_t* get() { return &attributes_; }

private:
    posix_spawnattr_t attributes_{};
};

struct pipe_ends
{
    descriptor read;
    descriptor write;
};

result<pipe_ends> make_pipe()
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return os_error("pipe", errno);
    return pipe_ends{descriptor(ends[0]), descriptor(ends[1])};
}

// Everything as ours, but messages in English: they are read by people and, here and there, by us.
std::vector<std::string> child_environment()
{
    std::vector<std::string> all;
    for (char** each = environ; *each != nullptr; ++each) {
        const std::string_view entry(*each);
        if (!entry.starts_with("LC_") && !entry.starts_with("LANG"))
            all.emplace_back(entry);
    }
    all.emplace_back("LC_ALL=C");
    return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts)
{
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

void describe_files(file_actions& actions, const command& what, int out, int err)
{
    ::posix_spawn_file_actions_addopen(actions.get(), 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(actions.get(), out, 1);
    ::posix_spawn_file_actions_adddup2(actions.get(), err, 2);
    ::posix_spawn_file_actions_addclosefrom_np(actions.get(), 3);
    if (!what.working_directory.empty())
        ::posix_spawn_file_actions_addchdir_np(actions.get(), what.working_directory.c_str());
}

void describe_signals(attributes& wanted)
{
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(wanted.get(), &none);
    ::posix_spawnattr_setsigdefault(wanted.get(), &all);
    ::posix_spawnattr_setpgroup(wanted.get(), 0);
    ::posix_spawnattr_setflags(wanted.get(), POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

} // namespace

result<child> spawn(const command& what)
{
    if (what.arguments.empty())
        return error(errc::invalid, "a command without a program");
    result<pipe_ends> out = make_pipe();
    if (!out)
        return out.error();
    result<pipe_ends> err = make_pipe();
    if (!err)
        return err.error();

    file_actions actions;
    attributes wanted;
    describe_files(actions, what, out->write.get(), err->write.get());
    describe_signals(wanted);
    std::vector<std::string> arguments = what.arguments;
    std::vector<std::string> environment = child_environment();

    child made;
    const int failure = ::posix_spawn(&made.pid, arguments[0].c_str(), actions.get(), wanted.get(),
        pointers_to(arguments).data(), pointers_to(environment).data());
    if (failure != 0)
        return os_error("run " + what.arguments[0], failure);

    // Not reaped yet, so the number still means this child.
    made.pidfd = descriptor(static_cast<int>(::syscall(SYS_pidfd_open, made.pid, 0)));
    made.end_notice = descriptor(static_cast<int>(::syscall(SYS_pidfd_open, made.pid, 0)));
    if (!made.pidfd || !made.end_notice) {
        const int number = errno;
        ::killpg(made.pid, SIGKILL);
        ::waitpid(made.pid, nullptr, 0);
        return os_error("pidfd_open for " + what.arguments[0], number);
    }
    made.out = std::move(out->read);
    made.err = std::move(err->read);
    return made;
}

} // namespace fleetman::host
