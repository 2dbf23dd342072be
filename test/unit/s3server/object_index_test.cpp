#include "../../../lib/s3server/data_folder.hpp"
#include "../../../lib/s3server/faults.hpp"
#include "../../../lib/s3server/schema.hpp"

#include <fleetman/core/digest.hpp>
#include <fleetman/core/random.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/testing/run.hpp>

#include <catch2/catch.hpp>

#include <fstream>

using namespace fleetman;
using namespace fleetman::s3server;
using Catch::Matchers::Contains;
using testing::run;

namespace fs = std::filesystem;

namespace {

struct folder_fixture
{
    ~folder_fixture() { fs::remove_all(folder); }

    std::unique_ptr<data_folder> open() { return data_folder::open(folder, {"fleet"}).value(); }

    std::string refusal() { return data_folder::open(folder, {"fleet"}).error().message(); }

    fs::path folder = fs::temp_directory_path() / ("fleetman-index-" + random_hex(8));
};

object_row small_object(const std::string& key, const std::string& body)
{
    object_row object;
    object.key = key;
    object.size = body.size();
    object.etag = md5_hex(body);
    object.body.bytes = body;
    return object;
}

object_row file_object(const std::string& key, std::string file)
{
    object_row object = small_object(key, "");
    object.body.file = std::move(file);
    return object;
}

result<freed_files> put(data_folder& data, const object_row& object, const write_condition& when = {})
{
    return run(data.index().write([&](index_writer& index) { return index.put_object("fleet", object, when); }));
}

result<object_row> get(data_folder& data, const std::string& key)
{
    return run(data.index().read([&](index_reader& index) { return index.object("fleet", key, true); }));
}

std::string stored_file(data_folder& data, std::string_view body)
{
    body_file file = data.bodies().create().value();
    file.append(body).value();
    return data.bodies().finish(std::move(file)).value();
}

bool has_file(data_folder& data, const std::string& name)
{
    return data.bodies().read(name).has_value();
}

} // namespace

TEST_CASE_METHOD(folder_fixture, "an object is there after reopening, with all that was said of it", "[s3server]")
{
    object_row object = small_object("a/b", std::string("x\0y", 3));
    object.headers = {{"content-type", "text/plain"}, {"x-amz-meta-note", "a: b"}};
    object.modified = from_milliseconds(1'767'607'200'123);
    object.sha256 = "00ff";
    {
        const auto data = open();
        REQUIRE(put(*data, object).has_value());
    }
    const auto data = open();
    const object_row found = get(*data, "a/b").value();
    CHECK(found.body.bytes == object.body.bytes);
    CHECK(found.headers == object.headers);
    CHECK(found.modified == object.modified);
    CHECK(found.etag == object.etag);
    CHECK(found.sha256 == "00ff");
    CHECK(found.size == 3);
}

TEST_CASE_METHOD(folder_fixture, "an object replaced frees the file of the old one", "[s3server]")
{
    const auto data = open();
    const std::string first = stored_file(*data, "one");
    REQUIRE(put(*data, file_object("k", first)).value().empty());
    CHECK(put(*data, small_object("k", "two")).value() == freed_files{first});
    CHECK(put(*data, small_object("k", "")).value().empty());
    CHECK(get(*data, "k").value().body.bytes.empty());
}

TEST_CASE_METHOD(folder_fixture, "conditions hold or nothing changes", "[s3server]")
{
    const auto data = open();
    CHECK(fault_of(put(*data, small_object("k", "1"), {false, "x"}).error()) == fault::no_such_key);
    CHECK(put(*data, small_object("k", "1"), {true, ""}).has_value());
    CHECK(fault_of(put(*data, small_object("k", "2"), {true, ""}).error()) == fault::precondition_failed);
    CHECK(fault_of(put(*data, small_object("k", "2"), {false, "x"}).error()) == fault::precondition_failed);
    CHECK(get(*data, "k").value().body.bytes == "1");
    CHECK(put(*data, small_object("k", "2"), {false, md5_hex("1")}).has_value());
    CHECK(get(*data, "k").value().body.bytes == "2");
}

TEST_CASE_METHOD(folder_fixture, "of many who create one key at once, one wins", "[s3server]")
{
    const auto data = open();
    std::size_t won = 0;
    std::size_t lost = 0;
    task<result<void>> race = for_each_concurrently(100, 100, [&](std::size_t i) {
        return [](data_folder& to, std::size_t id, std::size_t& wins, std::size_t& losses) -> task<result<void>> {
            const object_row mine = small_object("k", std::to_string(id));
            const result<freed_files> written = co_await to.index().write(
                [&mine](index_writer& index) { return index.put_object("fleet", mine, {true, ""}); });
            ++(written ? wins : losses);
            co_return result<void>();
        }(*data, i, won, lost);
    });
    run(std::move(race)).value();
    CHECK(won == 1);
    CHECK(lost == 99);
}

TEST_CASE_METHOD(folder_fixture, "a change that fails half-way takes nothing of its neighbours along", "[s3server]")
{
    const auto data = open();
    std::size_t failed = 0;
    task<result<void>> mixed = for_each_concurrently(20, 20, [&](std::size_t i) {
        return [](data_folder& to, std::size_t id, std::size_t& failures) -> task<result<void>> {
            const object_row mine = small_object("k" + std::to_string(id), "body");
            const result<freed_files> written =
                co_await to.index().write([&mine, id](index_writer& index) -> result<freed_files> {
                    result<freed_files> done = index.put_object("fleet", mine, {});
                    return id % 2 == 0 ? done : result<freed_files>(error(errc::failed, "on purpose"));
                });
            failures += written ? 0 : 1;
            co_return result<void>();
        }(*data, i, failed);
    });
    run(std::move(mixed)).value();
    CHECK(failed == 10);
    const listing_page page =
        run(data->index().read([](index_reader& index) { return index.list("fleet", {}); })).value();
    CHECK(page.objects.size() == 10);
}

TEST_CASE_METHOD(folder_fixture, "a bucket with anything in it cannot be deleted", "[s3server]")
{
    const auto data = open();
    const auto remove = [&] {
        return run(data->index().write([](index_writer& index) { return index.delete_bucket("fleet"); }));
    };
    REQUIRE(put(*data, small_object("k", "1")).has_value());
    CHECK(fault_of(remove().error()) == fault::bucket_not_empty);
    REQUIRE(
        run(data->index().write([](index_writer& index) { return index.remove_object("fleet", "k"); })).has_value());
    CHECK(remove().has_value());
    CHECK(fault_of(remove().error()) == fault::no_such_bucket);
    CHECK(fault_of(put(*data, small_object("k", "1")).error()) == fault::no_such_bucket);
}

TEST_CASE_METHOD(folder_fixture, "an upload's parts become an object and are freed", "[s3server]")
{
    const auto data = open();
    const auto write = [&](auto change) { return run(data->index().write(change)); };
    const upload_row upload{"u1", 0, "k", {}, {{"content-type", "text/plain"}}};
    REQUIRE(write([&](index_writer& index) { return index.create_upload("fleet", upload); }).has_value());
    REQUIRE(write([](index_writer& index) { return index.put_part("u1", {1, 3, "e1", {}, "f1"}); }).has_value());
    CHECK(write([](index_writer& index) { return index.put_part("u1", {1, 3, "e2", {}, "f2"}); }).value() ==
          freed_files{"f1"});
    REQUIRE(write([](index_writer& index) { return index.put_part("u1", {2, 3, "e3", {}, "f3"}); }).has_value());
    const auto parts = run(data->index().read([](index_reader& index) { return index.parts("u1", 0, 10); })).value();
    REQUIRE(parts.size() == 2);
    CHECK(parts[0].etag == "e2");

    const object_row whole = file_object("k", "f4");
    const auto complete = [&](index_writer& index) { return index.complete_upload("fleet", "u1", whole, {}); };
    CHECK(write(complete).value() == freed_files{"f2", "f3"});
    CHECK(fault_of(write(complete).error()) == fault::no_such_upload);
    CHECK(get(*data, "k").value().body.file == "f4");
}

TEST_CASE_METHOD(folder_fixture, "what nothing refers to is swept when the folder is opened", "[s3server]")
{
    std::string kept;
    std::string orphan;
    {
        const auto data = open();
        kept = stored_file(*data, "kept");
        orphan = stored_file(*data, "orphan");
        REQUIRE(put(*data, file_object("k", kept)).has_value());
        std::ofstream(folder / "tmp" / "half") << "half";
    }
    const auto data = open();
    CHECK(has_file(*data, kept));
    CHECK_FALSE(has_file(*data, orphan));
    CHECK(fs::is_empty(folder / "tmp"));
}

TEST_CASE_METHOD(folder_fixture, "a body that is not finished leaves nothing", "[s3server]")
{
    const auto data = open();
    {
        body_file file = data->bodies().create().value();
        REQUIRE(file.append("half").has_value());
    }
    CHECK(fs::is_empty(folder / "tmp"));
}

TEST_CASE_METHOD(folder_fixture, "a copy of a body outlives the original", "[s3server]")
{
    const auto data = open();
    const std::string first = stored_file(*data, "body");
    const std::string second = data->bodies().duplicate(first).value();
    data->bodies().remove({first});
    CHECK_FALSE(has_file(*data, first));
    CHECK(has_file(*data, second));
    CHECK(data->bodies().duplicate(first).error().code() == errc::not_found);
}

TEST_CASE_METHOD(folder_fixture, "a folder in use is refused", "[s3server]")
{
    const auto data = open();
    CHECK_THAT(refusal(), Contains("in use by another"));
}

TEST_CASE_METHOD(folder_fixture, "a newer format is refused and left alone", "[s3server]")
{
    open();
    {
        database index = database::open(folder / "index.db", database::access::read_write).value();
        REQUIRE(index.execute(("PRAGMA user_version = " + std::to_string(format_version + 1)).c_str()).has_value());
    }
    CHECK_THAT(refusal(), Contains("a newer Fleetman wrote this folder (format " + std::to_string(format_version + 1)));
}

TEST_CASE_METHOD(
    folder_fixture, "a folder of the first format is brought up to date with all that is in it", "[s3server]")
{
    put(*open(), small_object("kept", "body")).value();
    {
        database index = database::open(folder / "index.db", database::access::read_write).value();
        REQUIRE(
            index.execute("DROP TABLE access_keys; ALTER TABLE objects DROP COLUMN damaged; PRAGMA user_version = 1")
                .has_value());
    }
    CHECK(get(*open(), "kept").value().body.bytes == "body");
    database index = database::open(folder / "index.db", database::access::read_write).value();
    CHECK(index.execute("SELECT id FROM access_keys; SELECT damaged FROM objects").has_value());
}

TEST_CASE_METHOD(folder_fixture, "someone else's database is refused", "[s3server]")
{
    fs::create_directories(folder);
    {
        database other = database::open(folder / "index.db", database::access::read_write).value();
        REQUIRE(other.execute("CREATE TABLE t (x)").has_value());
    }
    CHECK_THAT(refusal(), Contains("not of a Fleetman store"));
}
