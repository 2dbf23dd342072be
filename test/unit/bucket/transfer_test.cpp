#include <fleetman/bucket/transfer.hpp>
#include <fleetman/testing/manual_clock.hpp>
#include <fleetman/testing/memory_store.hpp>
#include <fleetman/testing/run.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using testing::memory_store;
using testing::run;

namespace {

// Hands out its objects in blocks, as a socket does, and may find at the very end that they are damaged.
class blockwise_store : public memory_store
{
public:
    using memory_store::memory_store;
    bool damaged = false;

    task<result<storage::object_info>> get(std::string key, byte_sink& to) override
    {
        constexpr std::size_t block_bytes = 100'000;
        for (std::size_t at = 0; at < body(key).size(); at += block_bytes) {
            result<void> written = co_await to.write(std::string_view(body(key)).substr(at, block_bytes));
            if (!written)
                co_return written.error();
        }
        if (damaged)
            co_return error(errc::failed, "get " + key + ": the body does not have its MD5");
        co_return storage::object_info{key, "", body(key).size(), {}};
    }
};

struct two_stores
{
    testing::manual_clock time;
    std::shared_ptr<blockwise_store> from = std::make_shared<blockwise_store>(time);
    std::shared_ptr<memory_store> to = std::make_shared<memory_store>(time);
    std::string body = std::string(3'333'333, 'x') + "end";

    result<void> copy()
    {
        run(from->put("a", body, storage::put_condition::always())).value();
        return run(bucket::copy_object({from, "a"}, {to, "b"}, body.size()));
    }
};

} // namespace

TEST_CASE_METHOD(two_stores, "within one store the server copies", "[bucket][transfer]")
{
    run(from->put("a", body, storage::put_condition::always())).value();
    run(bucket::copy_object({from, "a"}, {from, "b"}, body.size())).value();

    CHECK(from->history == std::vector<std::string>{"put a", "copy b"});
    CHECK(from->body("b") == body);
}

TEST_CASE_METHOD(
    two_stores, "a large object passes between stores in blocks and arrives as it was", "[bucket][transfer]")
{
    copy().value();
    CHECK(to->body("b") == body);
}

TEST_CASE_METHOD(two_stores, "a small object passes between stores", "[bucket][transfer]")
{
    body = "small";
    copy().value();
    CHECK(to->body("b") == "small");
}

TEST_CASE_METHOD(
    two_stores, "an object found damaged at its end does not appear in the other store", "[bucket][transfer]")
{
    from->damaged = true;
    const result<void> outcome = copy();

    REQUIRE(outcome.has_error());
    CHECK(outcome.error().message() == "get a: the body does not have its MD5");
    CHECK_FALSE(to->contains("b"));
}

TEST_CASE_METHOD(two_stores, "a refused write ends the read and is the answer", "[bucket][transfer]")
{
    to->before = [](const std::string&, const std::string& key) {
        return result<void>(error(errc::denied, "put " + key + ": access denied"));
    };
    const result<void> outcome = copy();

    REQUIRE(outcome.has_error());
    CHECK(outcome.error().message() == "put b: access denied");
}
