#include "service_fixture.hpp"

#include <fleetman/core/task_group.hpp>

#include <catch2/catch.hpp>

#include <sys/resource.h>
#include <sys/stat.h>

#include <future>
#include <set>
#include <vector>

using namespace fleetman;
using namespace std::chrono_literals;
using host::service_phase;
using testing::service_fixture;
namespace fs = std::filesystem;

namespace {

// What happens around the one rename, while the service is down.
struct commit_fixture : service_fixture
{
    fs::path live = root / "services/api";
    fs::path definition = root / "conf.d/fleetman-api.conf";
    rlimit descriptors{};

    commit_fixture() { ::getrlimit(RLIMIT_NOFILE, &descriptors); }
    ~commit_fixture() { let_open(); }
    commit_fixture(const commit_fixture&) = delete;
    commit_fixture& operator=(const commit_fixture&) = delete;

    // As for a process that has too many files open.
    void let_nothing_open() const
    {
        const rlimit none{0, descriptors.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &none);
    }
    void let_open() const { ::setrlimit(RLIMIT_NOFILE, &descriptors); }

    // v1.0.0 runs, v2.0.0 with another definition is asked for.
    void two_versions(const std::string& second = "")
    {
        with.supervisor->template_path = root / "template.conf";
        for (const std::string version : {"v1.0.0", "v2.0.0"}) {
            write(root / "template.conf", "[program:${service_name}]\ncommand=${working_directory}/run.sh " + version);
            publish("api", version, {{"run.sh", version == "v1.0.0" ? version : version + second}});
            if (version == "v1.0.0")
                cycle();
        }
    }

    static ino_t inode_of(const fs::path& link)
    {
        struct ::stat seen{};
        REQUIRE(::lstat(link.c_str(), &seen) == 0);
        return seen.st_ino;
    }

    static std::set<ino_t> links_in(const std::vector<fs::path>& folders)
    {
        std::set<ino_t> all;
        for (const fs::path& folder : folders)
            for (const auto& each : fs::directory_iterator(folder))
                if (each.is_symlink())
                    all.insert(inode_of(each.path()));
        return all;
    }

    void check_runs(const std::string& version)
    {
        CHECK(text(live / "run.sh") == version);
        CHECK(text(definition).find("run.sh " + version) != std::string::npos);
        CHECK(programs.of("fleetman-api").phase == service_phase::running);
        CHECK(status("api").running_version == version);
        CHECK_FALSE(fs::exists(root / "services/.fleetman/api/journal.json"));
    }
};

} // namespace

TEST_CASE_METHOD(
    commit_fixture, "a commit that failed behind its rename has committed, and is gone back from", "[agent]")
{
    const int failures = GENERATE(1, 2); // the second is on the way back
    two_versions();
    host.on_step = [this, left = failures](std::string_view step) mutable {
        if (step == "ready" && left-- > 0)
            let_nothing_open();
        if (step == "committed")
            let_open();
    };
    cycle();
    if (failures == 2) {
        CHECK(status("api").state == "pending");
        cycle();
    }
    check_runs("v1.0.0");
    CHECK(status("api").state == "rolled_back");
    CHECK(status("api").error->find("Too many open files") != std::string::npos);
}

TEST_CASE_METHOD(commit_fixture, "a commit of which nobody can tell whether it happened is decided later", "[agent]")
{
    two_versions();
    host.on_step = [this](std::string_view step) {
        if (step == "ready")
            let_nothing_open();
    };
    CHECK(cycle().pending == 1);
    let_open();
    host.on_step = nullptr;
    CHECK(fs::exists(live / "run.sh"));
    CHECK(status("api").state == "pending");
    CHECK(status("api").error->find("this goes on when it can be read") != std::string::npos);
    cycle();
    check_runs("v2.0.0");
    CHECK(status("api").success);
}

// A disk without a free inode would refuse it.
TEST_CASE_METHOD(commit_fixture, "behind the stop no link is made, neither forward nor on the way back", "[agent]")
{
    const fs::path own = root / "services/.fleetman/api";
    const std::string ending = GENERATE("", " crash");
    fs::path link; // what the switch points elsewhere: the live path, or the slot that both versions share
    SECTION("another text of the definition")
    {
        two_versions(ending);
        link = live;
    }
    SECTION("the same text")
    {
        publish("api", "v1.0.0", {{"run.sh", "v1.0.0"}});
        cycle();
        publish("api", "v2.0.0", {{"run.sh", "v2.0.0" + ending}});
        link = own / fs::read_symlink(live).filename();
    }
    const ino_t before = inode_of(link);
    std::set<ino_t> at_the_stop;
    host.on_step = [&](std::string_view step) {
        if (step == "stopped" && at_the_stop.empty())
            at_the_stop = links_in({root / "services", own});
    };
    cycle();
    CHECK(status("api").state == (ending.empty() ? "deployed" : "rolled_back"));
    CHECK(text(live / "run.sh") == (ending.empty() ? "v2.0.0" : "v1.0.0"));
    CHECK((inode_of(link) == before) != ending.empty());
    CHECK(at_the_stop.contains(inode_of(link)));
    for (const fs::path& folder : {root / "services", own})
        for (const auto& each : fs::directory_iterator(folder))
            CHECK(each.path().extension() != ".new");
}

TEST_CASE_METHOD(commit_fixture, "a service that was stopped does not wait for what other cells copy", "[agent]")
{
    worker_pool prompt(1);
    host.prompt_workers = &prompt;
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    publish("api", "v2.0.0", {{"run.sh", "2"}});

    std::promise<void> started;
    const std::shared_future<void> up = started.get_future().share();
    bool in_time = true;
    task_group copies(testing::event_loop().get_executor(), "copies");
    const auto copy = [](worker_pool& pool, std::shared_future<void> until, bool& fine) -> task<void> {
        fine = co_await pool.run([&] { return until.wait_for(10s) == std::future_status::ready; }) && fine;
    };
    host.on_step = [&](std::string_view step) {
        if (step == "prepared")
            for (int thread = 0; thread < 2; ++thread)
                copies.spawn(copy(workers, up, in_time));
        if (step == "started")
            started.set_value();
    };
    CHECK(cycle().deployed == 1);
    testing::run(copies.drain(60s));
    CHECK(in_time);
    worker.reset(); // before what it refers to
}
