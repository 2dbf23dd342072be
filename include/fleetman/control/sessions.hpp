#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/core/digest.hpp>
#include <fleetman/core/secret.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

// Who has logged in. A session is 256 random bits that only its browser has: here are their SHA-256s, in memory alone,
// so a restart of the controller ends every session.

namespace fleetman::control {

struct session_limits
{
    milliseconds idle;    // unused for so long, it ends
    milliseconds longest; // and after this in any case
};

class sessions
{
public:
    // Of one user; with one more, the one that has not been used for longest ends.
    static constexpr std::size_t most_of_a_user = 32;

    struct begun
    {
        secret id; // what the browser presents from now on: 64 hex digits
        wall_time ends;
    };
    struct found
    {
        std::string user;
        std::string password_mark;
        wall_time ends;
    };

    sessions(clock& time, session_limits limits) : time_(time), limits_(limits) {}

    // `password_mark` stands for the password that was given: whoever uses the session compares it with the present
    // one.
    begun begin(const std::string& user, std::string password_mark);
    // Nothing for an unknown or ended one. Counts as a use.
    std::optional<found> use(const secret& id);
    // The same, and does not count.
    std::optional<found> look(const secret& id) const;
    void end(const secret& id);

    std::size_t size() const noexcept { return all_.size(); }

private:
    struct entry
    {
        found value;
        std::chrono::steady_clock::time_point begun;
        std::chrono::steady_clock::time_point used;
    };

    bool over(const entry& one) const;
    void make_room(const std::string& user);

    clock& time_;
    session_limits limits_;
    std::map<sha256_digest, entry> all_; // by SHA-256 of the id
};

// What a page sends along with a session's unsafe requests, and no other site can know: derived from the id, so that
// nothing more has to be kept. 64 hex digits.
std::string csrf_token(const secret& session_id);

} // namespace fleetman::control
