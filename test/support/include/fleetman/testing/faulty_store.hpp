#pragma once

#include <fleetman/testing/memory_store.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

// A memory_store on a bad day: its N-th request goes wrong in a chosen way, and only that one.

namespace fleetman::testing {

enum class fault
{
    refused,     // nothing is done
    lost_answer, // it is done, but whoever asked never hears of it
    cut,         // a body ends in the middle; otherwise as refused
};

class faulty_store final : public memory_store
{
public:
    using memory_store::memory_store;

    fault kind = fault::refused;
    std::optional<std::size_t> failing;  // counted from 0
    std::size_t requests = 0;            // so far
    std::function<void(std::size_t)> at; // called before each request with its number
    bool pins = true;                    // false: copies whatever the source is, as some stores do

    task<result<storage::object>> get(std::string key, std::uint64_t max_bytes) override
    {
        return spoil(memory_store::get(std::move(key), max_bytes));
    }
    task<result<std::variant<storage::object, storage::not_modified>>> get_if_changed(
        std::string key, std::string etag, std::uint64_t max_bytes) override
    {
        return spoil(memory_store::get_if_changed(std::move(key), std::move(etag), max_bytes));
    }
    task<result<storage::object_info>> get(std::string key, byte_sink& to) override
    {
        if (!fails_now() || kind != fault::cut)
            co_return co_await spoil(memory_store::get(std::move(key), to));
        begin();
        if (contains(key))
            co_await to.write(body(key).substr(0, body(key).size() / 2));
        co_return no_answer();
    }
    task<result<storage::object_info>> head(std::string key) override
    {
        return spoil(memory_store::head(std::move(key)));
    }
    task<result<std::string>> put(
        std::string key, std::string body, storage::put_condition when = storage::put_condition::always()) override
    {
        return spoil(memory_store::put(std::move(key), std::move(body), std::move(when)));
    }
    task<result<std::string>> put(std::string key, byte_source& body, std::uint64_t length) override
    {
        if (!fails_now() || kind != fault::cut)
            co_return co_await spoil(memory_store::put(std::move(key), body, length));
        begin();
        co_await body.read(length / 2);
        co_return no_answer();
    }
    task<result<std::string>> copy(std::string from, std::string to, std::string from_etag = {}) override
    {
        return spoil(memory_store::copy(std::move(from), std::move(to), pins ? std::move(from_etag) : std::string()));
    }
    task<result<void>> remove(std::string key) override { return spoil(memory_store::remove(std::move(key))); }
    task<result<storage::list_page>> list(storage::list_query query) override
    {
        return spoil(memory_store::list(std::move(query)));
    }

private:
    bool fails_now() const { return failing == requests; }
    bool begin()
    {
        const bool fails = fails_now();
        const std::size_t number = requests++;
        if (const auto tell = at) // a copy: it may take itself away
            tell(number);
        return fails;
    }
    static error no_answer() { return {errc::unavailable, "no answer"}; }

    template <class T>
    task<result<T>> spoil(task<result<T>> work)
    {
        const bool fails = begin();
        if (fails && kind != fault::lost_answer)
            co_return no_answer();
        result<T> answer = co_await std::move(work);
        if (fails)
            co_return no_answer();
        co_return answer;
    }
};

} // namespace fleetman::testing
