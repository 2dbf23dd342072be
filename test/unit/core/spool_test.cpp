#include <fleetman/core/spool.hpp>
#include <fleetman/testing/run.hpp>
#include <fleetman/testing/scratch_folder.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using testing::run;

TEST_CASE("a spool gives back what was written, and leaves no file", "[core][spool]")
{
    worker_pool pool(1);
    testing::scratch_folder folder;
    auto kept = spool::make(pool, folder.path()).value();
    CHECK(std::filesystem::is_empty(folder.path()));

    std::string all;
    for (int i = 0; i < 50; ++i) {
        const std::string block(10'007, static_cast<char>('a' + i % 26));
        run(kept->write(block)).value();
        all += block;
    }
    CHECK(kept->size() == all.size());
    string_sink back(all.size());
    CHECK(run(copy_bytes(*kept, back)).value() == all.size());
    CHECK(back.take() == all);
    CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a spool where there is no folder says so", "[core][spool]")
{
    worker_pool pool(1);
    const auto made = spool::make(pool, "/nonexistent/folder");
    REQUIRE(made.has_error());
    CHECK(made.error().message() ==
          "make a temporary file in /nonexistent/folder for an upload of unknown length: No such file or directory");
}
