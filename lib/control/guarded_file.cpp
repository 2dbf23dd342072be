#include <fleetman/control/guarded_file.hpp>
#include <fleetman/model/tokens.hpp>

#include <algorithm>
#include <utility>

namespace fleetman::control {

using storage::put_condition;

namespace {

// Held until the write is over.
struct permission
{
    key_lock::lease alone;
    put_condition when = put_condition::always();
};

task<result<put_condition>> ask(const write_check& check)
{
    if (!check)
        co_return put_condition::always();
    task<result<put_condition>> asking = check();
    co_return co_await std::move(asking);
}

task<result<permission>> permit(const guarded_file& to)
{
    permission given{co_await to.locks.acquire(to.lock)};
    result<put_condition> when = co_await ask(to.check);
    if (!when)
        co_return when.error();
    given.when = std::move(*when);
    co_return given;
}

task<result<put_condition>> check_etag(
    std::shared_ptr<storage::object_store> store, std::string key, etag_check expected)
{
    const result<storage::object_info> there = co_await store->head(key);
    if (!there && there.error().code() != errc::not_found)
        co_return there.error();
    const result<void> allowed = expected(there ? there->etag : "");
    if (!allowed)
        co_return allowed.error();
    co_return there ? put_condition::unchanged_since(there->etag) : put_condition::absent();
}

// Passes a body of known length on, but the end of it only with permission.
class gated_source final : public byte_source
{
public:
    gated_source(byte_source& from, std::uint64_t length, const guarded_file& to)
        : from_(from), remaining_(length), to_(to)
    {}

    task<result<std::string>> read(std::size_t max) override
    {
        result<std::string> piece = co_await from_.read(max);
        if (!piece)
            co_return piece;
        const bool complete = piece->size() >= remaining_;
        remaining_ -= std::min<std::uint64_t>(remaining_, piece->size());
        if (!complete || permitted_)
            co_return piece;
        result<permission> allowed = co_await permit(to_);
        if (!allowed)
            co_return allowed.error();
        permitted_ = true;
        held_ = std::move(allowed->alone);
        co_return piece;
    }

private:
    byte_source& from_;
    std::uint64_t remaining_;
    const guarded_file& to_;
    bool permitted_ = false;
    key_lock::lease held_;
};

task<result<std::string>> put_when_allowed(const guarded_file& to, std::string body, put_condition when)
{
    if (!when.must_be_absent() && when.etag().empty())
        co_return co_await to.store->put(to.key, std::move(body));
    result<std::string> etag = co_await to.store->put(to.key, body, when);
    if (!etag && etag.error().code() == errc::unsupported)
        etag = co_await to.store->put(to.key, std::move(body)); // it was just looked at, and the lock is ours
    if (etag || etag.error().code() != errc::conflict)
        co_return etag;
    const result<put_condition> again = co_await ask(to.check); // says in its own words what is there now
    co_return again ? etag.error() : again.error();
}

task<result<stored_file>> write_whole(guarded_file to, std::string body)
{
    const std::uint64_t length = body.size();
    const result<permission> allowed = co_await permit(to);
    if (!allowed)
        co_return allowed.error();
    result<std::string> etag = co_await put_when_allowed(to, std::move(body), allowed->when);
    if (!etag)
        co_return etag.error();
    co_return stored_file{std::move(*etag), length};
}

} // namespace

write_check by_etag(std::shared_ptr<storage::object_store> store, std::string key, etag_check expected)
{
    if (!expected)
        return {};
    return [store, key, expected] { return check_etag(store, key, expected); };
}

task<result<stored_file>> write_binary(guarded_file to, byte_source& body, std::uint64_t length)
{
    if (length == 0)
        co_return co_await write_whole(std::move(to), std::string());
    if (const auto allowed = co_await ask(to.check); !allowed)
        co_return allowed.error();
    gated_source gated(body, length, to);
    result<std::string> etag = co_await to.store->put(to.key, gated, length);
    if (!etag)
        co_return etag.error();
    co_return stored_file{std::move(*etag), length};
}

task<result<stored_file>> write_text(guarded_file to, byte_source& body)
{
    if (const auto allowed = co_await ask(to.check); !allowed)
        co_return allowed.error();
    string_sink whole(text_max_bytes);
    auto read = co_await copy_bytes(body, whole);
    if (!read)
        co_return read.error();
    co_return co_await write_whole(std::move(to), model::with_unix_line_ends(whole.take()));
}

task<result<stored_file>> write_copy(guarded_file to, storage::object_info from)
{
    const result<permission> allowed = co_await permit(to);
    if (!allowed)
        co_return allowed.error();
    result<std::string> etag = co_await to.store->copy(from.key, to.key);
    if (!etag)
        co_return etag.error();
    co_return stored_file{std::move(*etag), from.size};
}

task<result<void>> remove_file(guarded_file which)
{
    const result<permission> allowed = co_await permit(which);
    if (!allowed)
        co_return allowed.error();
    co_return co_await which.store->remove(which.key);
}

} // namespace fleetman::control
