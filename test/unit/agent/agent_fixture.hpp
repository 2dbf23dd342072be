#pragma once

#include "fake_services.hpp"

#include <fleetman/agent/agent.hpp>
#include <fleetman/bucket/documents.hpp>
#include <fleetman/host/files.hpp>
#include <fleetman/testing/manual_clock.hpp>
#include <fleetman/testing/memory_store.hpp>
#include <fleetman/testing/run.hpp>
#include <fleetman/testing/scratch_folder.hpp>

#include <boost/json/serialize.hpp>

#include <unistd.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

// An agent on real folders, with the store, the service managers and the clock in memory.

namespace fleetman::testing {

namespace fs = std::filesystem;

struct agent_fixture
{
    // In memory where there is such a file system: a deployment makes everything durable, and on a disk that others
    // write to an fsync(2) takes as long as all that they have not written yet.
    static fs::path quick_disk()
    {
        return ::access("/dev/shm", W_OK) == 0 ? fs::path("/dev/shm") : fs::temp_directory_path();
    }

    scratch_folder scratch{quick_disk()};
    fs::path root = scratch.path();
    manual_clock time;
    std::shared_ptr<memory_store> store = std::make_shared<memory_store>(time);
    fake_services units;
    fake_services programs;
    worker_pool workers{2};
    model::node_id node = model::node_id::parse("node01").value();
    bucket::location at{store, bucket::keyspace(model::key_prefix::parse("prod").value())};
    agent::settings with{.node = node,
        .base_dir = root / "base",
        .state_directory = root / "base/state",
        .systemd = agent::profile_folders{root / "units-services", root / "units", std::nullopt},
        .supervisor = agent::profile_folders{root / "services", root / "conf.d", std::nullopt},
        .deploy = agent::profile_folders{root / "deployed", {}, std::nullopt},
        .verify_window = std::chrono::seconds(10),
        .store_identity = "here"};
    agent::host_access host{with, &units, &programs, workers, time, agent::agent_account::current()};
    std::unique_ptr<agent::agent> worker;

    agent_fixture()
    {
        for (const char* name : {"base/state", "units-services", "units", "services", "conf.d", "deployed"})
            fs::create_directories(root / name);
    }

    // As after a restart of the agent: a new one, with what is on disk, that has recovered what was interrupted.
    void restart_agent()
    {
        begin_agent();
        run(worker->idle());
    }

    // …that recovers it from now on.
    void begin_agent()
    {
        worker.reset();
        worker = run(make_agent());
        run(worker->start()).value();
    }

    agent::agent::cycle cycle()
    {
        if (!worker)
            restart_agent();
        time.time += std::chrono::seconds(30);
        time.steady += std::chrono::seconds(30);
        return run(worker->once()).value();
    }

    using files = std::map<std::string, std::string>;

    // A snapshot as a controller publishes it, with a trigger. `extra` are further fields of the manifest.
    void publish(const std::string& cell, const std::string& version, const files& content,
        const std::string& profile = "supervisor", const std::string& extra = "",
        const std::string& folders = R"({"path":"logs/","file_type":"folder"})")
    {
        const std::string below = "prod/cells/node01/" + cell + "/versions/" + version + "/";
        std::string entries = folders;
        for (const auto& [path, body] : content) {
            put(below + path, body);
            const std::string type = path == "run.sh" || path.ends_with(".tmpl") ? "template" : "text";
            entries += (entries.empty() ? "" : ",") + std::string(R"({"path":")") + path + R"(","file_type":")" + type +
                       R"("})";
        }
        put(below + "manifest.json", R"({"manifest_name":"billing","version":")" + version + R"(","profile":")" +
                                         profile + R"(","files":[)" + entries + "]" +
                                         (extra.empty() ? "" : "," + extra) + "}");
        trigger(cell, version);
    }

    void trigger(const std::string& cell, const std::string& version)
    {
        put("prod/cells/node01/" + cell + "/trigger.json",
            R"({"version":")" + version + R"(","id":")" + std::to_string(++triggers_) + R"("})");
    }

    void put(const std::string& key, const std::string& body)
    {
        run(store->put(key, body, storage::put_condition::always())).value();
    }

    void remove(const std::string& key) { run(store->remove(key)).value(); }
    void remove_all_keys() { run(store->remove_all(store->keys())).value(); }

    model::deployment_status status(const std::string& cell)
    {
        return model::parse_deployment_status(store->body("prod/cells/node01/" + cell + "/status.json")).value();
    }

    model::agent_report report() { return model::parse_agent_report(store->body("prod/agents/node01.json")).value(); }

    static std::string text(const fs::path& path) { return host::read_file(path, 1'000'000).value(); }
    static unsigned mode(const fs::path& path) { return static_cast<unsigned>(fs::status(path).permissions()); }

    // Every file, link and folder beneath, relative.
    static std::vector<std::string> tree(const fs::path& top)
    {
        std::vector<std::string> all;
        for (const auto& entry : fs::recursive_directory_iterator(top))
            all.push_back(fs::relative(entry.path(), top).string());
        std::sort(all.begin(), all.end());
        return all;
    }

private:
    task<std::unique_ptr<agent::agent>> make_agent()
    {
        co_return std::make_unique<agent::agent>(host, at, co_await boost::asio::this_coro::executor, "0.0.0-test");
    }

    int triggers_ = 0;
};

} // namespace fleetman::testing
