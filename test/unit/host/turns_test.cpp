#include <fleetman/host/files.hpp>

#include <catch2/catch.hpp>

#include <stdlib.h>

#include <filesystem>

using namespace fleetman;
namespace fs = std::filesystem;

namespace {

struct turns_fixture
{
    turns_fixture()
    {
        std::string name = (fs::temp_directory_path() / "fleetman-turns-XXXXXX").string();
        root = ::mkdtemp(name.data());
        note = root / "note.json";
        scratch = root / ".note.json.new";
    }
    ~turns_fixture() { fs::remove_all(root); }

    static std::string text(const fs::path& path)
    {
        std::string read = host::read_file(path, 100'000).value();
        read.resize(read.find_last_not_of('\n') + 1);
        return read;
    }

    fs::path root, note, scratch;
};

} // namespace

TEST_CASE_METHOD(turns_fixture, "a note that is written in turns always has a second file with room", "[host]")
{
    host::write_in_turns(note, "one", 1000).value();
    CHECK(text(note) == "one");
    CHECK(fs::file_size(scratch) == 1003);
    host::write_in_turns(note, "the second", 1000).value();
    CHECK(text(note) == "the second");
    CHECK(text(scratch) == "one"); // the other file: none was made anew
    host::write_in_turns(note, "3", 10).value();
    CHECK(text(note) == "3");
    CHECK(fs::file_size(note) == 1003);

    host::remove_turns(note).value();
    CHECK(fs::is_empty(root));
    host::remove_turns(note).value();
}

TEST_CASE_METHOD(turns_fixture, "an exchange keeps what was there", "[host]")
{
    host::write_file_durably(scratch, "new", 0600).value();
    host::exchange_durably(scratch, note).value(); // there is nothing yet
    CHECK(text(note) == "new");
    CHECK_FALSE(fs::exists(scratch));
    host::write_scratch(scratch, "newer", 0600).value();
    host::exchange_durably(scratch, note).value();
    CHECK(text(note) == "newer");
    CHECK(text(scratch) == "new");
    CHECK(host::exchange_durably(root / "absent", note).error().code() == errc::not_found);
}
