#include "../../../lib/s3server/body_check.hpp"
#include "../../../lib/s3server/data_folder.hpp"

#include <fleetman/core/digest.hpp>
#include <fleetman/core/random.hpp>
#include <fleetman/testing/run.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::s3server;
using namespace std::chrono_literals;
using testing::run;

namespace fs = std::filesystem;

namespace {

struct upkeep_fixture
{
    ~upkeep_fixture() { fs::remove_all(folder); }

    fs::path folder = fs::temp_directory_path() / ("fleetman-upkeep-" + random_hex(8));
    std::int64_t puts = 0;
    std::unique_ptr<data_folder> data = data_folder::open(folder, {"fleet"}).value();

    template <class Change>
    auto write(Change change)
    {
        return run(data->index().write(change));
    }

    void put(const std::string& key, const std::string& body, bool in_a_file, const std::string& sha256)
    {
        object_row object;
        object.key = key;
        object.size = body.size();
        object.etag = md5_hex(body);
        object.modified = from_milliseconds(++puts);
        object.sha256 = sha256;
        if (in_a_file) {
            body_file file = data->bodies().create().value();
            file.append(body).value();
            object.body.file = data->bodies().finish(std::move(file)).value();
        } else {
            object.body.bytes = body;
        }
        REQUIRE(write([&](index_writer& index) { return index.put_object("fleet", object, {}); }).has_value());
    }

    std::vector<kept_body> bodies()
    {
        return run(data->index().read([](index_reader& index) { return index.bodies_after({}, 10); })).value();
    }

    std::string damage_of(const kept_body& body)
    {
        return run(data->index().read([&](index_reader& index) -> result<std::string> {
            body_reading reading = body_reading::begin(data->bodies(), index, body).value();
            while (reading.go_on().value()) {
            }
            return reading.damage();
        })).value();
    }

    bool is_damaged(const std::string& key)
    {
        return run(data->index().read([&](index_reader& index) { return index.object("fleet", key, false); }))
            .value()
            .damaged;
    }
};

} // namespace

TEST_CASE_METHOD(upkeep_fixture, "a body is sound while it is what was put", "[s3server]")
{
    const bool in_a_file = GENERATE(true, false);
    const std::string body = GENERATE(std::string("body"), std::string(3'000'000, 'x'));
    put("k", body, in_a_file, sha256_hex(body));
    put("other", body, in_a_file, sha256_hex("another"));
    put("unknown", body, in_a_file, "");
    const auto all = bodies();
    REQUIRE(all.size() == 3);
    CHECK(damage_of(all[0]).empty());
    CHECK(damage_of(all[1]) == "its body has another SHA-256 than what was put");
    CHECK(damage_of(all[2]).empty());
    kept_body longer = all[0];
    ++longer.size;
    CHECK(damage_of(longer).find("bytes in place of") != std::string::npos);
}

TEST_CASE_METHOD(upkeep_fixture, "an empty object has no body, and is sound", "[s3server]")
{
    put("empty", "", false, sha256_hex(""));
    CHECK(damage_of(bodies().at(0)).empty());
}

TEST_CASE_METHOD(upkeep_fixture, "what was found of a body is noted for that body alone", "[s3server]")
{
    const bool in_a_file = GENERATE(true, false);
    const auto note = [&](const kept_body& body, const std::string& sha256) {
        return write([&](index_writer& index) { return index.note_check(body, sha256, from_milliseconds(1)); }).value();
    };
    put("k", "body", in_a_file, "");
    const kept_body before = bodies().at(0);
    CHECK(note(before, ""));
    CHECK(is_damaged("k"));
    CHECK(bodies().at(0).damaged);
    CHECK(note(before, sha256_hex("body"))); // the disk had only been away
    CHECK_FALSE(is_damaged("k"));
    CHECK(bodies().at(0).sha256 == sha256_hex("body"));

    CHECK(note(before, ""));
    put("k", "new", in_a_file, "");
    CHECK_FALSE(is_damaged("k"));
    CHECK_FALSE(note(before, ""));
    CHECK_FALSE(is_damaged("k"));
    CHECK_FALSE(run(data->index().read([&](index_reader& index) { return index.has_still(before); })).value());
    const kept_body now = bodies().at(0);
    CHECK(run(data->index().read([&](index_reader& index) { return index.has_still(now); })).value());
}

TEST_CASE_METHOD(upkeep_fixture, "an upload is stale when neither it nor a part of it is young", "[s3server]")
{
    const auto begin = [&](const std::string& id, wall_time when) {
        REQUIRE(write([&](index_writer& index) {
            return index.create_upload("fleet", {id, 0, "k", when, {}});
        }).has_value());
    };
    const wall_time now = from_milliseconds(1'767'607'200'000);
    begin("old", now - 48h);
    begin("old-with-old-part", now - 48h);
    begin("old-with-young-part", now - 48h);
    begin("young", now);
    const auto part = [&](const std::string& id, wall_time when) {
        REQUIRE(
            write([&](index_writer& index) { return index.put_part(id, {1, 3, "e", when, "f-" + id}); }).has_value());
    };
    part("old-with-old-part", now - 47h);
    part("old-with-young-part", now - 1h);
    const auto stale = run(data->index().read([&](index_reader& index) { return index.stale_uploads(now - 24h, 10); }));
    CHECK(stale.value() == std::vector<std::string>{"old", "old-with-old-part"});
}
