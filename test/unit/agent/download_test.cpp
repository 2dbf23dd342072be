#include "service_fixture.hpp"

#include <fleetman/core/digest.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

using namespace fleetman;
using testing::memory_store;
using testing::service_fixture;
namespace fs = std::filesystem;

namespace {

// Cuts streams of one key: each of the next answers after so many bytes.
class cutting_store final : public memory_store
{
public:
    using memory_store::get;
    using memory_store::memory_store;

    std::string key;
    std::vector<std::size_t> cuts;
    std::optional<std::string> replacement; // is there as soon as a stream was cut
    bool damages = false;                   // what is cut off is not what was there
    bool knows_ranges = true;

    task<result<storage::object_info>> get(std::string wanted, byte_sink& to) override
    {
        piece_of piece(*this, wanted, to);
        result<storage::object_info> got = piece.ended(co_await memory_store::get(std::move(wanted), piece));
        if (!got && replacement)
            (void)co_await put(key, *replacement, storage::put_condition::always());
        co_return got;
    }

    task<result<storage::object_info>> get_rest(
        std::string wanted, std::string etag, std::uint64_t first, byte_sink& to) override
    {
        from.push_back(first);
        if (!knows_ranges)
            co_return error(errc::unsupported, "the whole came");
        piece_of piece(*this, wanted, to);
        co_return piece.ended(co_await memory_store::get_rest(std::move(wanted), std::move(etag), first, piece));
    }

    std::vector<std::uint64_t> from; // where rests began

private:
    class piece_of final : public byte_sink
    {
    public:
        piece_of(cutting_store& of, const std::string& wanted, byte_sink& to)
            : of_(of), to_(to), cut_(wanted == of.key && !of.cuts.empty())
        {}

        task<result<void>> write(std::string_view chunk) override
        {
            std::string piece(chunk.substr(0, cut_ ? of_.cuts.front() : chunk.size()));
            if (cut_ && of_.damages)
                piece.back() = static_cast<char>(piece.back() ^ 1);
            co_return co_await to_.write(piece);
        }

        result<storage::object_info> ended(result<storage::object_info> as)
        {
            if (!cut_ || !as)
                return as;
            of_.cuts.erase(of_.cuts.begin());
            return error(errc::unavailable, "the connection was closed in the middle of an answer");
        }

    private:
        cutting_store& of_;
        byte_sink& to_;
        bool cut_;
    };
};

struct cut_fixture : service_fixture
{
    cut_fixture()
    {
        store = cut;
        at.store = cut;
        cut->key = "prod/cells/node01/api/versions/v1.0.0/data";
        for (std::size_t i = 0; i < body.size(); ++i)
            body[i] = static_cast<char>('a' + i % 23);
        publish("api", "v1.0.0", {{"run.sh", "1"}, {"data", body}});
        store->history.clear();
    }

    std::size_t begun() const
    {
        return static_cast<std::size_t>(std::count(store->history.begin(), store->history.end(), "get " + cut->key));
    }

    std::shared_ptr<cutting_store> cut = std::make_shared<cutting_store>(time);
    std::string body = std::string(1000, '\0');
    fs::path data = root / "services/api/data";
};

} // namespace

TEST_CASE_METHOD(cut_fixture, "a download that is cut goes on where it was, as often as it gets on", "[agent]")
{
    cut->cuts = {100, 100, 100, 100, 100};
    CHECK(cycle().deployed == 1);
    CHECK(text(data) == body);
    CHECK(begun() == 1);
    CHECK(cut->from == std::vector<std::uint64_t>{100, 200, 300, 400, 500});
}

TEST_CASE_METHOD(cut_fixture, "a download that gets no further is given up after three attempts", "[agent]")
{
    cut->cuts = {100, 0, 0, 0};
    cycle();
    CHECK(status("api").state == "pending");
    CHECK(begun() == 1);
    CHECK(cut->from == std::vector<std::uint64_t>{100, 100});
}

TEST_CASE_METHOD(cut_fixture, "another object at the same key is begun from its start", "[agent]")
{
    cut->cuts = {100};
    cut->replacement = 'X' + body.substr(1);
    cycle();
    // What was listed is not there any more: nothing of either body is installed, and the next look lists anew.
    CHECK(status("api").state == "pending");
    CHECK_THAT(*status("api").error, Catch::Contains("changed in the store while it was being fetched"));
    cycle();
    CHECK(text(data).front() == 'X');
    CHECK(text(data).substr(1) == body.substr(1));
}

TEST_CASE_METHOD(cut_fixture, "a store that cannot begin in the middle is asked for all of it again", "[agent]")
{
    cut->knows_ranges = false;
    cut->cuts = {100};
    CHECK(cycle().deployed == 1);
    CHECK(text(data) == body);
    CHECK(begun() == 2);
}

TEST_CASE_METHOD(cut_fixture, "pieces that do not make up what was listed are thrown away", "[agent]")
{
    cut->damages = true;
    cut->cuts = {100};
    CHECK(cycle().deployed == 1);
    CHECK(text(data) == body);
    CHECK(cut->from == std::vector<std::uint64_t>{100});
    CHECK(begun() == 2);
}
