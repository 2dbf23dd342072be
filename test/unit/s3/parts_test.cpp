#include "answering_transport.hpp"

#include <fleetman/core/digest.hpp>
#include <fleetman/core/task_group.hpp>

#include <boost/asio/steady_timer.hpp>
#include <catch2/catch.hpp>

#include <map>
#include <stdexcept>
#include <utility>

using namespace fleetman;
using namespace fleetman::testing;
using namespace std::chrono_literals;

// Objects that go in parts.

namespace {

std::string body_of(std::size_t length)
{
    std::string made(length, '\0');
    for (std::size_t i = 0; i < length; ++i)
        made[i] = static_cast<char>(i * 31 + (i >> 8));
    return made;
}

// As much of a store as an upload in parts needs.
struct parts_fixture
{
    static s3::connection settings()
    {
        s3::connection to = test_connection();
        to.put_whole_up_to = 100;
        to.put_part_bytes = 40;
        to.copy_part_bytes = 40;
        to.parts_at_once = 3;
        return to;
    }

    parts_fixture()
    {
        wire->answer = [this](const s3::wire_request& request, const std::string& body) {
            if (before)
                if (auto instead = before(request))
                    return *instead;
            return usual(request, body);
        };
    }

    result<s3::wire_response> usual(const s3::wire_request& request, const std::string& body)
    {
        const std::string& target = request.target;
        if (request.method == "POST" && target.ends_with("?uploads="))
            return answer_with(200, "<InitiateMultipartUploadResult><UploadId>id/1</UploadId>"
                                    "</InitiateMultipartUploadResult>");
        if (request.method == "PUT" && target.find("partNumber=") != std::string::npos)
            return take_part(request, body);
        if (request.method == "POST" && target.ends_with("?uploadId=id%2F1"))
            return complete(body);
        if (request.method == "DELETE") {
            ++aborts;
            return answer_with(204);
        }
        if (request.method == "HEAD")
            return answer_with(200, {}, {{"ETag", head_etag}, {"Content-Length", std::to_string(head_size)}});
        whole = body;
        return answer_with(200, {}, {{"ETag", '"' + md5_hex(body) + '"'}});
    }

    result<s3::wire_response> take_part(const s3::wire_request& request, const std::string& body)
    {
        const std::size_t at = request.target.find("partNumber=") + 11;
        const int number = std::stoi(request.target.substr(at));
        if (const std::string range = header(request, "X-Amz-Copy-Source-Range"); !range.empty()) {
            ranges[number] = range;
            return answer_with(
                200, "<CopyPartResult><ETag>\"c" + std::to_string(number) + "\"</ETag></CopyPartResult>");
        }
        CHECK((request.source != nullptr || header(request, "Content-MD5") == md5_base64(body)));
        parts[number] = body;
        return answer_with(200, {}, {{"ETag", '"' + md5_hex(body) + '"'}});
    }

    result<s3::wire_response> complete(const std::string& body)
    {
        completion = body;
        return answer_with(200, "<CompleteMultipartUploadResult><ETag>&quot;whole-3&quot;</ETag>"
                                "</CompleteMultipartUploadResult>");
    }

    std::string joined() const
    {
        std::string all;
        for (const auto& [number, part] : parts)
            all += part;
        return all;
    }

    std::shared_ptr<answering_transport> wire = std::make_shared<answering_transport>();
    manual_clock time;
    s3::s3_store store{settings(), wire, time};
    std::function<std::optional<result<s3::wire_response>>(const s3::wire_request&)> before;
    std::map<int, std::string> parts;
    std::map<int, std::string> ranges;
    std::string completion, whole, head_etag = "\"e\"";
    std::uint64_t head_size = 0;
    int aborts = 0;
};

std::optional<result<s3::wire_response>> refuse_part_two(const s3::wire_request& request)
{
    if (request.target.find("partNumber=2") == std::string::npos)
        return std::nullopt;
    return answer_with(403, refusal("AccessDenied"));
}

class slow_source final : public byte_source
{
public:
    explicit slow_source(std::size_t before_the_wait) : left_(before_the_wait) {}
    task<result<std::string>> read(std::size_t max) override
    {
        if (left_ == 0) {
            boost::asio::steady_timer never(co_await boost::asio::this_coro::executor, 1h);
            co_await never.async_wait(boost::asio::use_awaitable);
        }
        const std::size_t count = std::min(max, left_);
        left_ -= count;
        co_return std::string(count, 's');
    }

private:
    std::size_t left_;
};

// Throws when it is asked for a second piece, and others have come to wait for theirs.
class throwing_source final : public byte_source
{
public:
    task<result<std::string>> read(std::size_t max) override
    {
        for (int turn = 0; turn < 3; ++turn)
            co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
        if (std::exchange(asked_, true))
            throw std::length_error("a bug");
        co_return std::string(max, 's');
    }

private:
    bool asked_ = false;
};

} // namespace

TEST_CASE_METHOD(parts_fixture, "a body above the threshold goes in parts, several at a time, and whole", "[s3][parts]")
{
    const std::string body = body_of(205);
    string_source from(body);
    CHECK(run(store.put("a b", from, body.size())).value() == "whole-3");
    CHECK(parts.size() == 6);
    CHECK(joined() == body);
    CHECK(wire->most_at_once == 3);
    CHECK(wire->streamed == 0);
    CHECK(wire->seen.front() == "POST /fleet/a%20b?uploads=");
    CHECK_THAT(completion, Catch::Contains("<Part><PartNumber>1</PartNumber><ETag>\"" + md5_hex(body.substr(0, 40)) +
                                           "\"</ETag></Part><Part><PartNumber>2</PartNumber>") &&
                               Catch::Contains("<PartNumber>6</PartNumber>"));
    CHECK(aborts == 0);
}

TEST_CASE_METHOD(parts_fixture, "a body at the threshold goes whole", "[s3][parts]")
{
    string_source from(body_of(100));
    CHECK(run(store.put("a", from, 100)).value() == md5_hex(body_of(100)));
    CHECK(parts.empty());
}

TEST_CASE_METHOD(parts_fixture, "a part whose answer was lost is sent again, alone", "[s3][parts]")
{
    int failures = 0;
    before = [&](const s3::wire_request& request) -> std::optional<result<s3::wire_response>> {
        if (request.target.find("partNumber=2") == std::string::npos || ++failures > 2)
            return std::nullopt;
        return result<s3::wire_response>(error(errc::unavailable, "receive: Connection reset by peer"));
    };
    const std::string body = body_of(130);
    string_source from(body);
    CHECK(run(store.put("a", from, body.size())).has_value());
    CHECK(joined() == body);
    CHECK(time.slept.size() == 2);
    CHECK(wire->seen.size() == 8); // to begin, 4 parts, two of them again, to complete
}

TEST_CASE_METHOD(
    parts_fixture, "what was sent is dropped when a part is refused, and the refusal is told", "[s3][parts]")
{
    before = refuse_part_two;
    string_source from(body_of(205));
    const auto put = run(store.put("a", from, 205));
    REQUIRE(put.has_error());
    CHECK(put.error().code() == errc::denied);
    CHECK_THAT(put.error().message(), Catch::StartsWith("put part 2 of a: AccessDenied (no) from bucket fleet"));
    CHECK(aborts == 1);
    CHECK(completion.empty());
    CHECK(wire->under_way == 0);
}

TEST_CASE_METHOD(parts_fixture, "what was sent is dropped when the body ends early", "[s3][parts]")
{
    string_source from(body_of(150));
    const auto put = run(store.put("a", from, 205));
    CHECK(put.error().code() == errc::invalid);
    CHECK(aborts == 1);
    CHECK(completion.empty());
}

TEST_CASE_METHOD(parts_fixture, "a part of which the store has other bytes is a failure", "[s3][parts]")
{
    before = [&](const s3::wire_request& request) -> std::optional<result<s3::wire_response>> {
        if (request.target.find("partNumber=1") == std::string::npos)
            return std::nullopt;
        return answer_with(200, {}, {{"ETag", '"' + md5_hex("other") + '"'}});
    };
    string_source from(body_of(205));
    CHECK(run(store.put("a", from, 205)).error().code() == errc::failed);
    CHECK(aborts == 1);
}

TEST_CASE_METHOD(parts_fixture, "a part of which the store tells no ETag is a failure at once", "[s3][parts]")
{
    before = [&](const s3::wire_request& request) -> std::optional<result<s3::wire_response>> {
        if (request.target.find("partNumber=1") == std::string::npos)
            return std::nullopt;
        return answer_with(200);
    };
    string_source from(body_of(205));
    CHECK_THAT(
        run(store.put("a", from, 205)).error().message(), Catch::Contains("put part 1 of a: the answer has no ETag"));
    CHECK(aborts == 1);
    CHECK(completion.empty());
}

TEST_CASE_METHOD(
    parts_fixture, "an exception of the source ends the upload for the parts that wait, too", "[s3][parts]")
{
    throwing_source from;
    CHECK_THROWS_AS(run(store.put("a", from, 205)), std::length_error);
    CHECK(aborts == 1);
    CHECK(wire->under_way == 0);
}

TEST_CASE_METHOD(parts_fixture, "what was sent is dropped when the caller is cancelled, and the buffers are free again",
    "[s3][parts]")
{
    task<void> story = [](parts_fixture& with) -> task<void> {
        slow_source from(90);
        task_group group(co_await boost::asio::this_coro::executor, "test");
        group.spawn([](s3::s3_store& to, byte_source& body) -> task<void> {
            static_cast<void>(co_await to.put("a", body, 205));
        }(with.store, from));
        while (with.parts.size() < 2)
            co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
        group.cancel();
        co_await group.drain(10s);
    }(*this);
    run(std::move(story));
    CHECK(aborts == 1);
    CHECK(completion.empty());

    string_source from(body_of(205));
    CHECK(run(store.put("b", from, 205)).has_value());
    CHECK(wire->streamed == 0);
}

TEST_CASE_METHOD(
    parts_fixture, "an upload that finds no buffers passes its parts through one after another", "[s3][parts]")
{
    task<void> story = [](parts_fixture& with) -> task<void> {
        slow_source stuck(90);
        task_group group(co_await boost::asio::this_coro::executor, "test");
        group.spawn([](s3::s3_store& to, byte_source& body) -> task<void> {
            static_cast<void>(co_await to.put("stuck", body, 205));
        }(with.store, stuck));
        while (with.parts.size() < 2)
            co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
        with.parts.clear();
        string_source from(body_of(205));
        CHECK((co_await with.store.put("a", from, 205)).has_value());
        group.cancel();
        co_await group.drain(10s);
    }(*this);
    run(std::move(story));
    CHECK(wire->streamed == 6);
    CHECK(joined() == body_of(205));
}

TEST_CASE_METHOD(parts_fixture, "a completion that fails after its 200 is tried again", "[s3][parts]")
{
    int asked = 0;
    before = [&](const s3::wire_request& request) -> std::optional<result<s3::wire_response>> {
        if (request.method != "POST" || !request.target.ends_with("?uploadId=id%2F1") || ++asked > 1)
            return std::nullopt;
        return answer_with(200, refusal("InternalError"));
    };
    string_source from(body_of(205));
    CHECK(run(store.put("a", from, 205)).value() == "whole-3");
    CHECK(asked == 2);
}

TEST_CASE_METHOD(parts_fixture, "a completion whose answer was lost is found to be done", "[s3][parts]")
{
    int asked = 0;
    before = [&](const s3::wire_request& request) -> std::optional<result<s3::wire_response>> {
        if (request.method != "POST" || !request.target.ends_with("?uploadId=id%2F1"))
            return std::nullopt;
        if (++asked == 1)
            return result<s3::wire_response>(error(errc::unavailable, "receive: Connection reset by peer"));
        return answer_with(404, refusal("NoSuchUpload"));
    };
    string_source from(body_of(205));
    head_size = 205;
    SECTION("of these parts")
    {
        head_etag = "\"abc-6\"";
        CHECK(run(store.put("a", from, 205)).value() == "abc-6");
    }
    SECTION("another's object in its place is not taken for it")
    {
        head_etag = "\"abc\"";
        CHECK(run(store.put("a", from, 205)).error().code() == errc::failed);
    }
}

TEST_CASE_METHOD(parts_fixture, "a completion without an ETag, as Ceph's, is asked for it", "[s3][parts]")
{
    before = [&](const s3::wire_request& request) -> std::optional<result<s3::wire_response>> {
        if (request.method != "POST" || !request.target.ends_with("?uploadId=id%2F1"))
            return std::nullopt;
        return answer_with(200, "<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>");
    };
    head_etag = "\"abc-6\"";
    head_size = 205;
    string_source from(body_of(205));
    CHECK(run(store.put("a", from, 205)).value() == "abc-6");
}

TEST_CASE_METHOD(
    parts_fixture, "a stream of unknown length goes whole when it is short, and in parts when not", "[s3][parts]")
{
    const std::size_t length = GENERATE(0U, 39U, 40U, 41U, 80U, 100U);
    const std::string body = body_of(length);
    string_source from(body);
    INFO(length << " bytes");
    const auto put = run(store.put_stream("a", from));
    REQUIRE(put.has_value());
    CHECK((length < 40 ? whole : joined()) == body);
    CHECK(parts.size() == (length < 40 ? 0 : (length + 39) / 40));
}

TEST_CASE_METHOD(
    parts_fixture, "a copy that is too large for one request is made in parts of the object as it was", "[s3][parts]")
{
    before = [&](const s3::wire_request& request) -> std::optional<result<s3::wire_response>> {
        if (request.target != "/fleet/to")
            return std::nullopt;
        return answer_with(400, refusal("InvalidRequest"));
    };
    head_etag = "\"listed\"";
    head_size = 100;
    CHECK(run(store.copy("from", "to", "listed")).value() == "whole-3");
    CHECK(ranges == std::map<int, std::string>{{1, "bytes=0-39"}, {2, "bytes=40-79"}, {3, "bytes=80-99"}});
    CHECK_THAT(completion, Catch::Contains("<ETag>\"c3\"</ETag>"));
}

TEST_CASE_METHOD(parts_fixture, "a copy that is refused for another reason is told so", "[s3][parts]")
{
    before = [&](const s3::wire_request& request) -> std::optional<result<s3::wire_response>> {
        if (request.target != "/fleet/to")
            return std::nullopt;
        return answer_with(400, refusal("InvalidRequest"));
    };
    head_size = 40;
    const auto copied = run(store.copy("from", "to"));
    REQUIRE(copied.has_error());
    CHECK_THAT(copied.error().message(), Catch::StartsWith("copy from to to: InvalidRequest"));
    CHECK(ranges.empty());
}

TEST_CASE_METHOD(parts_fixture,
    "a condition on parts that holds and is refused, as on Swift, is left out and looked at", "[s3][parts]")
{
    before = [&](const s3::wire_request& request) -> std::optional<result<s3::wire_response>> {
        if (header(request, "X-Amz-Copy-Source-If-Match").empty())
            return std::nullopt;
        return answer_with(412, refusal("PreconditionFailed"));
    };
    head_size = 100;
    CHECK(run(store.copy_in_parts("other", "from", "to", "e")).value() == "whole-3");
    CHECK(ranges.size() == 3);
    CHECK(aborts == 0);
}

TEST_CASE_METHOD(parts_fixture, "a source that changes while its parts are copied leaves nothing", "[s3][parts]")
{
    int looks = 0;
    before = [&](const s3::wire_request& request) -> std::optional<result<s3::wire_response>> {
        if (request.method == "HEAD")
            head_etag = ++looks == 1 ? "\"listed\"" : "\"another\"";
        return std::nullopt;
    };
    head_size = 100;
    CHECK(run(store.copy_in_parts("other", "from", "to")).error().code() == errc::conflict);
    CHECK(aborts == 1);
    CHECK(completion.empty());
}
