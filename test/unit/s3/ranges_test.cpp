#include "answering_transport.hpp"

#include <fleetman/core/digest.hpp>
#include <fleetman/core/text.hpp>

#include <catch2/catch.hpp>

#include <stdexcept>

using namespace fleetman;
using namespace fleetman::testing;

// Large objects that come in ranges.

namespace {

struct ranges_fixture
{
    static s3::connection settings()
    {
        s3::connection to = test_connection();
        to.get_part_bytes = 40;
        to.parts_at_once = 3;
        return to;
    }

    ranges_fixture()
    {
        for (std::size_t i = 0; i < body.size(); ++i)
            body[i] = static_cast<char>('a' + i % 23);
        wire->answer = [this](const s3::wire_request& request, const std::string&) {
            ++asked;
            if (before)
                if (auto instead = before(request))
                    return *instead;
            return part(request);
        };
    }

    result<s3::wire_response> part(const s3::wire_request& request) const
    {
        const std::string range = header(request, "Range");
        if (range.empty())
            return answer_with(200, body, {{"ETag", '"' + etag() + '"'}, {"Content-Length", "205"}});
        CHECK(header(request, "If-Match") == '"' + etag() + '"');
        const auto ends = split(range.substr(6), '-');
        const std::size_t first = std::stoul(ends[0]), last = std::stoul(ends[1]);
        return answer_with(206, body.substr(first, last - first + 1),
            {{"ETag", '"' + etag() + '"'},
                {"Content-Range", "bytes " + ends[0] + '-' + ends[1] + '/' + std::to_string(body.size())}});
    }

    std::string etag() const { return md5_hex(body); }
    storage::object_info listed() const { return {"a", etag(), body.size(), {}}; }

    std::shared_ptr<answering_transport> wire = std::make_shared<answering_transport>();
    manual_clock time;
    s3::s3_store store{settings(), wire, time};
    std::function<std::optional<result<s3::wire_response>>(const s3::wire_request&)> before;
    std::string body = std::string(205, '\0');
    std::size_t asked = 0;
};

class throwing_sink final : public byte_sink
{
public:
    task<result<void>> write(std::string_view) override { throw std::length_error("a bug"); }
};

} // namespace

TEST_CASE_METHOD(
    ranges_fixture, "a large object comes in ranges side by side, in order, pinned to its ETag", "[s3][ranges]")
{
    string_sink to(1000);
    CHECK(run(store.get_in_ranges(listed(), to)).value().size == 205);
    CHECK(to.take() == body);
    CHECK(asked == 6);
    CHECK(wire->most_at_once == 3);
}

TEST_CASE_METHOD(ranges_fixture, "a range that was cut is asked for again, alone", "[s3][ranges]")
{
    bool cut = false;
    before = [&](const s3::wire_request& request) -> std::optional<result<s3::wire_response>> {
        if (header(request, "Range") != "bytes=40-79" || std::exchange(cut, true))
            return std::nullopt;
        return result<s3::wire_response>(error(errc::unavailable, "receive: Connection reset by peer"));
    };
    string_sink to(1000);
    CHECK(run(store.get_in_ranges(listed(), to)).has_value());
    CHECK(to.take() == body);
    CHECK(asked == 7);
}

TEST_CASE_METHOD(
    ranges_fixture, "an object that was replaced is a conflict, and nothing waits for ever", "[s3][ranges]")
{
    before = [&](const s3::wire_request& request) -> std::optional<result<s3::wire_response>> {
        if (header(request, "Range") != "bytes=80-119")
            return std::nullopt;
        return answer_with(412, refusal("PreconditionFailed"));
    };
    string_sink to(1000);
    CHECK(run(store.get_in_ranges(listed(), to)).error().code() == errc::conflict);
    CHECK(wire->under_way == 0);
}

TEST_CASE_METHOD(ranges_fixture, "ranges that do not make up the object that was listed are a failure", "[s3][ranges]")
{
    before = [&](const s3::wire_request& request) -> std::optional<result<s3::wire_response>> {
        if (header(request, "Range") != "bytes=40-79")
            return std::nullopt;
        return answer_with(206, std::string(40, '!'), {{"Content-Range", "bytes 40-79/205"}});
    };
    string_sink to(1000);
    CHECK(run(store.get_in_ranges(listed(), to)).error().message() == "get a: what arrived does not match its ETag");
}

TEST_CASE_METHOD(ranges_fixture, "a sink that fails ends it", "[s3][ranges]")
{
    string_sink to(50);
    CHECK(run(store.get_in_ranges(listed(), to)).error().code() == errc::too_large);
    CHECK(wire->under_way == 0);
}

TEST_CASE_METHOD(ranges_fixture, "an exception of the sink ends it for the ranges that wait, too", "[s3][ranges]")
{
    throwing_sink to;
    CHECK_THROWS_AS(run(store.get_in_ranges(listed(), to)), std::length_error);
    CHECK(wire->under_way == 0);
}

TEST_CASE_METHOD(ranges_fixture, "a small object comes in one answer", "[s3][ranges]")
{
    body.resize(30);
    string_sink to(1000);
    before = [&](const s3::wire_request&) -> std::optional<result<s3::wire_response>> {
        return answer_with(200, body, {{"ETag", '"' + etag() + '"'}, {"Content-Length", "30"}});
    };
    CHECK(run(store.get_in_ranges(listed(), to)).has_value());
    CHECK(asked == 1);
}
