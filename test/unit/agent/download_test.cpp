#include "service_fixture.hpp"

#include <fleetman/core/digest.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

using namespace fleetman;
using namespace std::chrono_literals;
using testing::memory_store;
using testing::service_fixture;
namespace fs = std::filesystem;

namespace {

// Cuts streams of one key: each of the next answers after so many bytes.
class cutting_store final : public memory_store
{
public:
    using memory_store::get;
    explicit cutting_store(testing::manual_clock& time) : memory_store(time), clock_(time) {}

    std::string key;
    std::vector<std::size_t> cuts;
    std::optional<std::string> replacement; // is there as soon as a stream was cut
    std::chrono::seconds pause{};           // before each piece of so many bytes
    std::size_t piece_bytes = 1;
    bool damages = false; // what is cut off is not what was there
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
            : of_(of), to_(to), cut_(wanted == of.key && !of.cuts.empty()),
              slow_(wanted == of.key && of.pause.count() != 0)
        {}

        task<result<void>> write(std::string_view chunk) override
        {
            for (std::size_t done = 0; slow_ && done < chunk.size(); done += of_.piece_bytes) {
                of_.clock_.steady += of_.pause;
                const result<void> taken = co_await to_.write(chunk.substr(done, of_.piece_bytes));
                if (!taken || done + of_.piece_bytes >= chunk.size())
                    co_return taken;
            }
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
        bool slow_;
    };

    testing::manual_clock& clock_;
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

TEST_CASE_METHOD(cut_fixture, "a store that sends a byte now and then is not waited for for ever", "[agent]")
{
    cut->pause = 29s;
    cycle();
    CHECK(status("api").state == "pending");
    CHECK_THAT(*status("api").error, Catch::Contains("data: the store sends less than 64 KiB a minute"));
    CHECK(begun() == 1);
    CHECK(cut->from.size() == 2); // each attempt brought bytes, and none enough of them

    cut->pause = 0s;
    time.steady += 10min;
    CHECK(cycle().deployed == 1);
    CHECK(text(data) == body);
}

TEST_CASE_METHOD(cut_fixture, "a slow store is one that brings little, not one that brings much slowly", "[agent]")
{
    cut->pause = 29s;
    cut->piece_bytes = 40 * 1024;
    body = std::string(400 * 1024, 'z');
    publish("api", "v1.0.0", {{"run.sh", "1"}, {"data", body}});
    CHECK(cycle().deployed == 1);
    CHECK(begun() == 1);
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
