#include "token_file.hpp"

#include <fleetman/control/token_store.hpp>
#include <fleetman/core/digest.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/core/random.hpp>
#include <fleetman/core/replace_file.hpp>
#include <fleetman/core/timestamp.hpp>

#include <algorithm>
#include <utility>

namespace fleetman::control {

namespace {

constexpr std::size_t token_bytes = 32;
constexpr std::size_t longest_presented = 256;

std::string fresh_id(wall_time now)
{
    constexpr std::size_t random_bytes = 8;
    return sigv4_timestamp(now) + '-' + random_hex(random_bytes);
}

} // namespace

token_store::token_store(boost::asio::any_io_executor executor, const state_folder& in, worker_pool& pool, clock& time)
    : pool_(pool), time_(time), file_(in.path() / "tokens.json"), background_(std::move(executor), "tokens")
{}

result<void> token_store::load()
{
    result<std::vector<api_token>> read = read_token_file(file_);
    if (!read)
        return read.error();
    by_id fresh;
    for (api_token& one : *read) {
        std::string id = one.id;
        fresh.emplace(std::move(id), std::move(one));
    }
    adopt(std::move(fresh));
    return {};
}

// Uses that were noted while `fresh` was written stay noted.
void token_store::adopt(by_id fresh)
{
    for (auto& [id, one] : fresh)
        if (const auto before = tokens_.find(id); before != tokens_.end())
            one.last_used = std::max(one.last_used, before->second.last_used);
    tokens_ = std::move(fresh);
    ids_.clear();
    for (const auto& [id, one] : tokens_)
        ids_.emplace(one.digest, id);
}

// The caller holds `writes_`.
task<result<void>> token_store::save(by_id wanted)
{
    std::vector<api_token> list;
    for (const auto& [id, one] : wanted)
        list.push_back(one);
    const auto text = std::make_shared<const std::string>(write_token_file(list));
    const std::filesystem::path file = file_;
    result<void> saved = co_await pool_.run([file, text] { return replace_file(file, *text); });
    if (saved)
        adopt(std::move(wanted));
    co_return saved;
}

task<result<token_store::issued>> token_store::issue(
    std::string name, std::string owner, config::user_role role, std::chrono::hours life)
{
    const key_lock::lease alone = co_await writes_.acquire("tokens");
    const wall_time now = time_.now();
    by_id wanted = tokens_;
    std::erase_if(wanted, [now](const auto& one) { return one.second.expires + kept_expired <= now; });
    const bool taken = std::ranges::any_of(
        wanted, [&](const auto& one) { return one.second.name == name && one.second.expires > now; });
    if (taken)
        co_return error(errc::conflict, "there is a token " + name + " already");
    if (wanted.size() >= most)
        co_return error(errc::conflict, "there are " + std::to_string(most) + " tokens; revoke some that nobody needs");
    secret text(std::string(prefix) + random_hex(token_bytes));
    api_token made{.id = fresh_id(now),
        .name = std::move(name),
        .owner = std::move(owner),
        .role = role,
        .digest = sha256_hex(text.reveal()),
        .created = now,
        .expires = now + life};
    wanted.emplace(made.id, made);
    if (result<void> saved = co_await save(std::move(wanted)); !saved)
        co_return saved.error();
    co_return issued{std::move(made), std::move(text)};
}

task<result<void>> token_store::revoke(std::string id)
{
    const key_lock::lease alone = co_await writes_.acquire("tokens");
    by_id wanted = tokens_;
    if (wanted.erase(id) == 0)
        co_return error(errc::not_found, "there is no such token");
    co_return co_await save(std::move(wanted));
}

result<api_token> token_store::use(const secret& presented)
{
    const bool plausible = presented.reveal().size() <= longest_presented && presented.reveal().starts_with(prefix);
    const auto id = plausible ? ids_.find(sha256_hex(presented.reveal())) : ids_.end();
    if (id == ids_.end())
        return error(errc::denied, "this token is not known here");
    api_token& found = tokens_.at(id->second);
    const wall_time now = time_.now();
    if (found.expires <= now)
        return error(errc::denied, "this token has expired, at " + rfc3339(found.expires));
    if (!found.last_used || now - *found.last_used >= use_resolution) {
        found.last_used = now;
        if (!std::exchange(saving_uses_, true))
            background_.spawn(save_uses());
    }
    return found;
}

bool token_store::holds(const std::string& id) const
{
    const auto found = tokens_.find(id);
    return found != tokens_.end() && found->second.expires > time_.now();
}

// A last use that could not be written is written with the next one; it decides nothing.
task<void> token_store::save_uses()
{
    const key_lock::lease alone = co_await writes_.acquire("tokens");
    saving_uses_ = false;
    if (result<void> saved = co_await save(tokens_); !saved)
        log::warning("tokens", "not-saved", {{"what", "last uses"}, {"error", saved.error().message()}});
}

std::vector<api_token> token_store::all() const
{
    std::vector<api_token> list;
    for (const auto& [id, one] : tokens_)
        list.push_back(one);
    return list;
}

task<void> token_store::stop()
{
    constexpr milliseconds patience(5'000);
    co_await background_.drain(patience);
}

} // namespace fleetman::control
