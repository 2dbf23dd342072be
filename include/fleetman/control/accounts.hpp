#pragma once

#include <fleetman/control/actor.hpp>
#include <fleetman/control/catalog.hpp>
#include <fleetman/control/login_throttle.hpp>
#include <fleetman/control/sessions.hpp>
#include <fleetman/control/token_store.hpp>
#include <fleetman/core/worker_pool.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

// Who may use the controller: users of the configuration with their passwords, the sessions that they have begun, and
// the tokens that they have made. For one executor (one thread); passwords are checked on a thread of their own.

namespace fleetman::control {

// Whoever a request comes from, found out.
struct identity
{
    enum class kind
    {
        local, // no login is asked for
        session,
        token
    };

    kind by = kind::local;
    actor who;
    std::string user;                                  // the token's owner, for a token; empty for local
    std::string token;                                 // its id, for a token
    config::user_role role = config::user_role::admin; // what they may now
    std::optional<wall_time> ends;                     // of the session or token
};

// Too soon after wrong passwords.
struct throttled
{
    milliseconds wait;
};

class accounts
{
public:
    // Passwords that wait to be checked; with more of them logging in fails at once.
    static constexpr std::size_t longest_queue = 16;

    // Whether there is a login is decided here, once; who may log in is the newest configuration's to say.
    accounts(boost::asio::any_io_executor executor, catalog& names, const state_folder& state, worker_pool& files,
        clock& time);

    // Reads the tokens. Fails as token_store::load() does. Blocks.
    result<void> load() { return tokens_.load(); }

    bool login_required() const noexcept { return login_required_; }

    // The session that a right password begins. Fails with denied for a wrong one or an unknown user, which take the
    // same time; with invalid for a password that bcrypt cannot see whole; with unavailable when too many wait.
    using login = std::variant<sessions::begun, throttled, error>;
    task<login> log_in(std::string user, secret password, std::string address);

    // Gives a user another password, in the configuration, and ends all their sessions but the one begun here. Fails as
    // log_in() does for `now`, with invalid for a `next` that may not be, and as catalog::edit() does.
    task<login> change_password(std::string user, secret now, secret next, std::string address);

    bool has_user(const std::string& name) const { return find_user(name) != nullptr; }

    void log_out(const secret& session);

    // Whose session it is; nothing when it is unknown or has ended: by time, with the user, or with the password.
    std::optional<identity> by_session(const secret& session, const std::string& address);
    // What a token may do now: never more than its owner. Fails with denied.
    result<identity> by_token(const secret& token, const std::string& address);
    // Without a login everybody is this.
    static identity local(const std::string& address);

    // Whether somebody who was let in still would be: the session (of `who`, if it is one) or the token has not ended,
    // and the user is there. Counts as no use, so that what lasts long keeps nobody logged in.
    bool still_welcome(const identity& who, const std::optional<secret>& session) const;
    // Called when a session or token may have ended before its time.
    void on_farewell(std::function<void()> tell) { farewell_ = std::move(tell); }

    // A token for the user of `maker`. Fails with denied when the role is above theirs, or `maker` is a token itself;
    // with conflict where there is no login; and as token_store::issue().
    task<result<token_store::issued>> issue_token(
        identity maker, std::string name, config::user_role role, std::chrono::hours life);
    // The tokens that somebody may see: their own; all of them for an admin.
    std::vector<api_token> tokens_for(const identity& who) const;
    // Fails with not_found, also for one that they may not see.
    task<result<void>> revoke_token(identity who, std::string id);

    task<void> stop() { return tokens_.stop(); }

private:
    const config::console_user* find_user(const std::string& name) const;
    task<result<secret>> check_password(std::string user, secret password, std::string address);
    bool knows(const sessions::found& session) const;
    secret hash_to_check(const config::console_user* user) const;
    // `work` returns a result<>. Fails with unavailable when too many wait.
    template <class Work>
    task<std::invoke_result_t<Work>> on_hashing_thread(Work work);

    catalog& names_;
    worker_pool hashing_{1};
    std::size_t queued_ = 0;
    login_throttle throttle_;
    sessions sessions_;
    token_store tokens_;
    bool login_required_;
    std::function<void()> farewell_ = [] {};
};

} // namespace fleetman::control
