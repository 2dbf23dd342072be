#include <fleetman/host/files.hpp>
#include <fleetman/host/process.hpp>
#include <fleetman/host/supervisor_rpc.hpp>
#include <fleetman/host/supervisorctl.hpp>
#include <fleetman/testing/run.hpp>
#include <fleetman/testing/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <signal.h>

#include <fstream>
#include <thread>

using namespace fleetman;
using namespace fleetman::host;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

// A supervisord of the test's own, on a unix socket in a folder of its own.
class private_supervisord
{
public:
    private_supervisord()
    {
        fs::create_directory(root_ / "conf.d");
        const std::string root = root_.string();
        std::ofstream(config()) << "[unix_http_server]\nfile=" << root << "/s.sock\n"
                                << "[supervisord]\npidfile=" << root << "/pid\nlogfile=" << root << "/log\n"
                                << "childlogdir=" << root << "\n"
                                << "[rpcinterface:supervisor]\n"
                                << "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n"
                                << "[supervisorctl]\nserverurl=unix://" << root << "/s.sock\n"
                                << "[include]\nfiles=" << root << "/conf.d/*.conf\n";
        // In a session of its own, since run() ends the command's process group with it.
        const command start{
            .arguments = {"/usr/bin/setsid", "--wait", "/usr/bin/supervisord", "-c", config().string()}};
        testing::run(run_or_fail(start)).value();
        for (int i = 0; i < 1000 && !fs::exists(root_ / "s.sock"); ++i)
            std::this_thread::sleep_for(10ms);
    }
    void ask_to_end() const
    {
        if (const auto pid = read_file(root_ / "pid", 100))
            ::kill(std::stoi(*pid), SIGTERM);
    }
    ~private_supervisord()
    {
        ask_to_end();
        for (int i = 0; i < 1000 && fs::exists(root_ / "pid"); ++i) // it removes it last
            std::this_thread::sleep_for(10ms);
    }
    private_supervisord(const private_supervisord&) = delete;
    private_supervisord& operator=(const private_supervisord&) = delete;

    std::string socket() const { return "unix://" + (root_ / "s.sock").string(); }
    template <class Manager>
    Manager services() const
    {
        if constexpr (std::is_same_v<Manager, supervisor_rpc>)
            return Manager({.server_url = socket()});
        else
            return Manager({.config_file = config()});
    }
    fs::path config() const { return root_ / "supervisord.conf"; }
    void define(const std::string& name, const std::string& text) const
    {
        write_file_durably(root_ / "conf.d" / (name + ".conf"), text, 0600).value();
    }
    void undefine(const std::string& name) const { remove_durably(root_ / "conf.d" / (name + ".conf")).value(); }

private:
    testing::scratch_folder folder_;
    fs::path root_ = folder_.path();
};

} // namespace

// Both ways to the same supervisord keep the same promises.
TEMPLATE_TEST_CASE(
    "a program lives through its states under a real supervisord", "[host][supervisord]", supervisorctl, supervisor_rpc)
{
    const private_supervisord daemon;
    TestType services = daemon.services<TestType>();

    CHECK(testing::run(services.state("t-a")).value().phase == service_phase::unknown);
    testing::run(services.stop("t-a")).value(); // unknown is fine

    daemon.define("a", "[program:t-a]\ncommand=/bin/sleep 1000\nstartsecs=0\n");
    daemon.define("b", "[program:t-b]\ncommand=/bin/sleep 1000\nautostart=false\n");
    testing::run(services.load("t-a")).value();
    testing::run(services.start("t-a")).value();
    const service_state up = testing::run(services.state("t-a")).value();
    CHECK(up.phase == service_phase::running);
    CHECK(up.pids.size() == 1);
    CHECK(testing::run(services.state("t-b")).value().phase == service_phase::unknown); // not asked to take it

    daemon.define("c", "[program:t-c\n");
    CHECK(testing::run(services.load("t-a")).error().code() == errc::invalid);
    daemon.undefine("c");

    testing::run(services.stop("t-a")).value();
    CHECK(testing::run(services.state("t-a")).value().phase == service_phase::stopped);
    daemon.undefine("a");
    testing::run(services.load("t-a")).value();
    CHECK(testing::run(services.states("t-")).value().empty());

    daemon.define("d", "[program:t-d]\ncommand=/no/such/file\nautostart=false\n");
    testing::run(services.load("t-d")).value();
    CHECK(testing::run(services.start("t-d")).error().code() == errc::failed);
}

TEMPLATE_TEST_CASE("an ended program counts as finished only with an exit code that it is expected to have",
    "[host][supervisord]", supervisorctl, supervisor_rpc)
{
    const private_supervisord daemon;
    TestType services = daemon.services<TestType>();
    const std::string rest = "startsecs=0\nautostart=false\nautorestart=false\n";
    daemon.define("a", "[program:t-good]\ncommand=/bin/sh -c 'exit 3'\nexitcodes=3\n" + rest);
    daemon.define("b", "[program:t-bad]\ncommand=/bin/sh -c 'exit 4'\nexitcodes=3\n" + rest);
    const auto ended = [&](const std::string& name) {
        testing::run(services.load(name)).value();
        testing::run(services.start(name)).value();
        service_state seen;
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (seen.phase != service_phase::finished && seen.phase != service_phase::failed &&
               std::chrono::steady_clock::now() < deadline)
            seen = testing::run(services.state(name)).value();
        return seen;
    };
    CHECK(ended("t-good").phase == service_phase::finished);
    const service_state bad = ended("t-bad");
    CHECK(bad.phase == service_phase::failed);
    CHECK_THAT(
        bad.detail, Catch::Equals("EXITED exit status 4; not expected") || Catch::Equals("EXITED Bad exit code 4"));
}

TEMPLATE_TEST_CASE("loading one program's definition leaves strangers' edits alone", "[host][supervisord]",
    supervisorctl, supervisor_rpc)
{
    const private_supervisord daemon;
    TestType services = daemon.services<TestType>();
    const std::string sleeper = "command=/bin/sleep 1000\nstartsecs=0\n";
    daemon.define("a", "[program:t-a]\n" + sleeper);
    daemon.define("s", "[program:s-a]\n" + sleeper);
    testing::run(services.load("t-a")).value();
    testing::run(services.load("s-a")).value();
    const auto pid_of = [&](const std::string& name) { return testing::run(services.state(name)).value().pids; };
    const auto stranger = pid_of("s-a");
    const auto ours = pid_of("t-a");
    REQUIRE(stranger.size() == 1);

    daemon.define("s", "[program:s-a]\nenvironment=A=1\n" + sleeper);
    daemon.define("a", "[program:t-a]\nenvironment=A=1\n" + sleeper);
    testing::run(services.load("t-a")).value();
    CHECK(pid_of("s-a") == stranger);
    CHECK(pid_of("t-a") != ours);
    testing::run(services.load("t-a")).value(); // nothing new for it: it goes on
    daemon.undefine("s");
    testing::run(services.load("t-a")).value();
    CHECK(pid_of("s-a") == stranger);
}

TEST_CASE("without a supervisord on its socket XML-RPC says where it looked", "[host]")
{
    const testing::scratch_folder none;
    supervisor_rpc services({.server_url = "unix://" + (none.path() / "s").string()});
    const auto state = testing::run(services.state("t-a"));
    CHECK(state.error().code() == errc::unavailable);
    CHECK(state.error().message().find((none.path() / "s").string()) != std::string::npos);
    supervisor_rpc odd({.server_url = "unix://" + std::string(200, 'x')});
    CHECK(testing::run(odd.state("t-a")).error().code() == errc::invalid);
}

TEMPLATE_TEST_CASE(
    "a supervisord that ends is away, whatever it is asked", "[host][supervisord]", supervisorctl, supervisor_rpc)
{
    std::optional<private_supervisord> daemon(std::in_place);
    TestType services = daemon->services<TestType>();
    // It ends when this has: a program that does not want to.
    daemon->define(
        "a", "[program:t-a]\ncommand=/bin/sh -c 'trap \"\" TERM; exec sleep 60'\nstartsecs=0\nstopwaitsecs=4\n");
    testing::run(services.load("t-a")).value();
    testing::run(services.start("t-a")).value();
    daemon->ask_to_end();
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (testing::run(services.state("t-a")) && std::chrono::steady_clock::now() < deadline)
        ;
    for (const auto& done :
        {testing::run(services.load("t-a")), testing::run(services.stop("t-a")), testing::run(services.start("t-a"))}) {
        REQUIRE(done.has_error());
        CHECK(done.error().code() == errc::unavailable);
    }
    CHECK(testing::run(services.state("t-a")).error().code() == errc::unavailable);
    daemon.reset(); // waits for its end
}

TEST_CASE("without a supervisord the state is an error, not unknown", "[host]")
{
    const testing::scratch_folder none;
    std::ofstream(none.path() / "c") << "[supervisorctl]\nserverurl=unix://" << none.path().string() << "/s.sock\n";
    supervisorctl services({.config_file = none.path() / "c"});
    CHECK(testing::run(services.state("t-a")).error().code() == errc::unavailable);
}
