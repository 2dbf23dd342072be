#include "scripted_transport.hpp"

#include <fleetman/core/digest.hpp>
#include <fleetman/storage/file_transfer.hpp>
#include <fleetman/testing/memory_store.hpp>
#include <fleetman/testing/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>

using namespace fleetman;
using namespace fleetman::testing;
using namespace fleetman::storage;

namespace {

struct folder_fixture
{
    void write(const std::string& name, const std::string& text) const
    {
        std::ofstream(folder.path() / name, std::ios::binary) << text;
    }
    std::string read(const std::string& name) const
    {
        std::ifstream file(folder.path() / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    }
    std::size_t files() const
    {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder.path()), {}));
    }

    scratch_folder folder;
    worker_pool pool{1};
    manual_clock time;
};

} // namespace

TEST_CASE_METHOD(folder_fixture, "a file becomes an object, and an object a file, byte for byte", "[s3][files]")
{
    const std::size_t length = GENERATE(0U, 10U, 700'001U);
    std::string body(length, '\0');
    for (std::size_t i = 0; i < length; ++i)
        body[i] = static_cast<char>(i * 7 + (i >> 9));
    memory_store store(time);
    write("from", body);
    CHECK(run(put_file(store, "k", folder.path() / "from", pool)).value() == md5_hex(body));
    CHECK(run(get_file(store, "k", folder.path() / "to", pool)).value().size == length);
    CHECK(read("to") == body);
    CHECK(files() == 2);
}

TEST_CASE_METHOD(folder_fixture, "what is not as the store says never gets the file's name", "[s3][files]")
{
    auto wire = std::make_shared<scripted_transport>();
    s3::s3_store store(test_connection(), wire, time);
    write("there", "before");
    SECTION("other bytes")
    {
        wire->then(200, "body", {{"ETag", '"' + md5_hex("another") + '"'}});
    }
    SECTION("fewer bytes")
    {
        wire->then(200, "body", {{"Content-Length", "5"}});
    }
    SECTION("none")
    {
        wire->then(404, refusal("NoSuchKey"));
    }
    CHECK(run(get_file(store, "k", folder.path() / "there", pool)).has_error());
    CHECK(read("there") == "before");
    CHECK(files() == 1);
}

TEST_CASE_METHOD(folder_fixture, "files that cannot be read or written are told with their names", "[s3][files]")
{
    memory_store store(time);
    const auto missing = run(put_file(store, "k", folder.path() / "missing", pool));
    CHECK(missing.error().code() == errc::not_found);
    CHECK_THAT(missing.error().message(), Catch::Contains("missing"));
    CHECK(run(put_file(store, "k", folder.path(), pool)).error().code() == errc::invalid);
    static_cast<void>(run(store.put("k", std::string("x"), put_condition::always())));
    CHECK(run(get_file(store, "k", folder.path() / "no" / "such", pool)).has_error());
}
