#include "ask_password.hpp"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <iostream>
#include <string>
#include <string_view>

namespace fleetman::app {

namespace {

constexpr std::size_t longest_line = 4096;

volatile std::sig_atomic_t interrupted_by = 0;

void note_signal(int signal)
{
    interrupted_by = signal;
}

// Typing stays unseen while this lives, and a signal is noted instead of leaving the terminal without echo. Signals
// come only while somebody waits for input, so that none slips in between a look at the note and a read.
class quiet_terminal
{
public:
    quiet_terminal()
    {
        interrupted_by = 0;
        sigset_t held;
        ::sigemptyset(&held);
        for (const int each : signals)
            ::sigaddset(&held, each);
        ::sigprocmask(SIG_BLOCK, &held, &mask_);
        struct sigaction noting = {};
        noting.sa_handler = note_signal;
        for (std::size_t i = 0; i < signals.size(); ++i)
            ::sigaction(signals[i], &noting, &before_[i]);
        ::tcgetattr(STDIN_FILENO, &shown_);
        termios hidden = shown_;
        hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    }
    ~quiet_terminal()
    {
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown_);
        for (std::size_t i = 0; i < signals.size(); ++i)
            ::sigaction(signals[i], &before_[i], nullptr);
        ::sigprocmask(SIG_SETMASK, &mask_, nullptr);
        if (interrupted_by != 0)
            std::raise(interrupted_by);
    }
    quiet_terminal(const quiet_terminal&) = delete;
    quiet_terminal& operator=(const quiet_terminal&) = delete;

    // Returns when a line has been typed, or false after a signal (ppoll(2)).
    bool wait_for_line() const
    {
        pollfd input{STDIN_FILENO, POLLIN, 0};
        while (interrupted_by == 0)
            if (::ppoll(&input, 1, nullptr, &mask_) >= 0)
                return true;
            else if (errno != EINTR)
                return false;
        return false;
    }

private:
    static constexpr std::array<int, 5> signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

    sigset_t mask_{};
    termios shown_{};
    std::array<struct sigaction, signals.size()> before_{};
};

// Up to the end of the line, byte by byte: what follows is not ours to take.
result<secret> read_line()
{
    std::string line;
    for (char c = 0; line.size() < longest_line; line += c) {
        const ssize_t got = ::read(STDIN_FILENO, &c, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 || (got == 0 && line.empty()))
            return error(errc::cancelled, "no password was given");
        if (got == 0 || c == '\n')
            return secret(std::move(line));
    }
    return error(errc::invalid, "the password is too long");
}

result<secret> ask(const quiet_terminal& terminal, std::string_view question)
{
    std::cerr << question << std::flush;
    result<secret> answer =
        terminal.wait_for_line() ? read_line() : result<secret>(error(errc::cancelled, "no password was given"));
    std::cerr << '\n';
    return answer;
}

} // namespace

result<secret> ask_new_password()
{
    if (::isatty(STDIN_FILENO) == 0)
        return read_line();
    const quiet_terminal quiet;
    result<secret> first = ask(quiet, "Password: ");
    if (!first)
        return first;
    result<secret> second = ask(quiet, "The same again: ");
    if (!second)
        return second;
    if (*first != *second)
        return error(errc::invalid, "the two passwords differ");
    return first;
}

} // namespace fleetman::app
