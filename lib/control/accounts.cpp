#include <fleetman/control/accounts.hpp>
#include <fleetman/core/bcrypt.hpp>
#include <fleetman/core/digest.hpp>
#include <fleetman/core/log.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace fleetman::control {

namespace {

// A password that is changed through us gets at least this cost, however old the hash before it is.
constexpr unsigned least_new_cost = 10;

// What a session remembers of the password that began it.
std::string mark_of(const secret& password_hash)
{
    return sha256_hex(password_hash.reveal());
}

error wrong_login()
{
    return {errc::denied, "the user or the password is wrong"};
}

unsigned cost_of(const secret& hash)
{
    const result<unsigned> cost = bcrypt::cost_of(hash.reveal());
    return cost ? *cost : bcrypt::usual_cost;
}

} // namespace

accounts::accounts(
    boost::asio::any_io_executor executor, catalog& names, const state_folder& state, worker_pool& files, clock& time)
    : names_(names), throttle_(time),
      sessions_(time, {.idle = names.config().console.session_idle, .longest = names.config().console.session_longest}),
      tokens_(std::move(executor), state, files, time), login_required_(names.config().console.form_login)
{}

const config::console_user* accounts::find_user(const std::string& name) const
{
    const auto& users = names_.config().console.users;
    const auto found = std::ranges::find(users, name, &config::console_user::name);
    return found == users.end() ? nullptr : &*found;
}

// For an unknown user a hash that takes as long as the slowest of the known ones.
secret accounts::hash_to_check(const config::console_user* user) const
{
    if (user != nullptr)
        return user->password_hash;
    unsigned cost = 0;
    for (const config::console_user& each : names_.config().console.users)
        cost = std::max(cost, cost_of(each.password_hash));
    return bcrypt::decoy(cost == 0 ? bcrypt::usual_cost : cost);
}

template <class Work>
task<std::invoke_result_t<Work>> accounts::on_hashing_thread(Work work)
{
    if (queued_ >= longest_queue)
        co_return error(errc::unavailable, "too many people log in at once; try again in a moment");
    ++queued_;
    const std::shared_ptr<void> counted(nullptr, [this](void*) { --queued_; });
    co_return co_await hashing_.run(std::move(work));
}

// The hash that the password has turned out to have.
task<result<secret>> accounts::check_password(std::string user, secret password, std::string address)
{
    const bool known = find_user(user) != nullptr;
    const secret hash = hash_to_check(find_user(user));
    const result<bool> right =
        co_await on_hashing_thread([password, hash]() -> result<bool> { return bcrypt::matches(password, hash); });
    if (!right) {
        throttle_.not_tried(user, address);
        co_return right.error();
    }
    if (!*right) {
        // Names that nobody has are passwords at times.
        log::warning(
            "accounts", "login-failed", {{"user", known ? user : std::string("(unknown)")}, {"from", address}});
        co_return wrong_login();
    }
    throttle_.succeeded(user, address);
    co_return hash;
}

task<accounts::login> accounts::log_in(std::string user, secret password, std::string address)
{
    if (!login_required_)
        co_return error(errc::conflict, "this controller asks for no login");
    if (const result<void> usable = bcrypt::check_usable(password); !usable)
        co_return usable.error();
    if (const auto wait = throttle_.attempt(user, address))
        co_return throttled{*wait};
    const result<secret> hash = co_await check_password(user, std::move(password), address);
    if (!hash)
        co_return hash.error();
    log::info("accounts", "logged-in", {{"user", user}, {"from", address}});
    co_return sessions_.begin(user, mark_of(*hash));
}

task<accounts::login> accounts::change_password(std::string user, secret now, secret next, std::string address)
{
    if (const result<void> fit = bcrypt::check_new(next); !fit)
        co_return error::violations(fit.error().message(), {{"new_password", fit.error().message()}});
    if (const result<void> usable = bcrypt::check_usable(now); !usable)
        co_return usable.error();
    if (const auto wait = throttle_.attempt(user, address))
        co_return throttled{*wait};
    const result<secret> before = co_await check_password(user, std::move(now), address);
    if (!before)
        co_return before.error();
    const unsigned cost = std::max(least_new_cost, cost_of(*before));
    const result<secret> hashed = co_await on_hashing_thread([next, cost] { return bcrypt::hash(next, cost); });
    if (!hashed)
        co_return hashed.error();
    result<void> saved = co_await names_.edit(
        [user, old = *before, after = *hashed](config::controller_config_file& file) -> result<void> {
            const auto& users = file.config().console.users;
            const auto found = std::ranges::find(users, user, &config::console_user::name);
            if (found == users.end() || found->password_hash != old)
                return error(errc::conflict, "the user has been changed in the configuration meanwhile");
            file.set_password_hash(user, after);
            return {};
        });
    if (!saved)
        co_return saved.error();
    log::info("accounts", "password-changed", {{"user", user}, {"from", address}});
    farewell_();
    co_return sessions_.begin(user, mark_of(*hashed));
}

void accounts::log_out(const secret& session)
{
    sessions_.end(session);
    farewell_();
}

bool accounts::knows(const sessions::found& session) const
{
    const config::console_user* const user = find_user(session.user);
    return user != nullptr && mark_of(user->password_hash) == session.password_mark;
}

bool accounts::still_welcome(const identity& who, const std::optional<secret>& session) const
{
    if (who.by == identity::kind::local)
        return true;
    if (who.by == identity::kind::token)
        return tokens_.holds(who.token) && has_user(who.user);
    const auto found = session ? sessions_.look(*session) : std::nullopt;
    return found && knows(*found);
}

std::optional<identity> accounts::by_session(const secret& session, const std::string& address)
{
    const auto found = sessions_.use(session);
    if (!found)
        return std::nullopt;
    if (!knows(*found)) {
        sessions_.end(session);
        return std::nullopt;
    }
    const config::console_user& user = *find_user(found->user);
    return identity{identity::kind::session, {user.name, address}, user.name, "", user.role, found->ends};
}

result<identity> accounts::by_token(const secret& token, const std::string& address)
{
    const result<api_token> found = tokens_.use(token);
    if (!found)
        return found.error();
    const config::console_user* const owner = find_user(found->owner);
    if (owner == nullptr)
        return error(errc::denied, "whoever made this token may no longer log in");
    return identity{identity::kind::token, {"token:" + found->name, address}, found->owner, found->id,
        std::min(found->role, owner->role), found->expires};
}

identity accounts::local(const std::string& address)
{
    return {identity::kind::local, {"local", address}, "", "", config::user_role::admin, std::nullopt};
}

task<result<token_store::issued>> accounts::issue_token(
    identity maker, std::string name, config::user_role role, std::chrono::hours life)
{
    if (maker.by == identity::kind::local)
        co_return error(errc::conflict, "this controller asks for no login, so it needs no tokens");
    if (maker.by == identity::kind::token)
        co_return error(errc::denied, "a token cannot make another one; log in with a password");
    if (role > maker.role)
        co_return error(errc::denied,
            "a token's role cannot be above yours, which is " + std::string(config::to_string(maker.role)));
    auto issued = co_await tokens_.issue(std::move(name), maker.user, role, life);
    if (issued)
        log::info("accounts", "token-made",
            {{"token", issued->token.name}, {"role", config::to_string(role)}, {"user", maker.user},
                {"from", maker.who.from}});
    co_return issued;
}

std::vector<api_token> accounts::tokens_for(const identity& who) const
{
    std::vector<api_token> all = tokens_.all();
    if (who.role != config::user_role::admin)
        std::erase_if(all, [&](const api_token& one) { return one.owner != who.user; });
    return all;
}

task<result<void>> accounts::revoke_token(identity who, std::string id)
{
    const std::vector<api_token> visible = tokens_for(who);
    const auto found = std::ranges::find(visible, id, &api_token::id);
    if (found == visible.end())
        co_return error(errc::not_found, "there is no such token");
    result<void> revoked = co_await tokens_.revoke(id);
    if (!revoked)
        co_return revoked;
    log::info("accounts", "token-revoked",
        {{"token", found->name}, {"owner", found->owner}, {"by", who.who.name}, {"from", who.who.from}});
    farewell_();
    co_return revoked;
}

} // namespace fleetman::control
