#pragma once

#include <fleetman/control/services.hpp>
#include <fleetman/testing/manual_clock.hpp>
#include <fleetman/testing/memory_store.hpp>
#include <fleetman/testing/run.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

// A controller over buckets in memory and a configuration file in a folder of its own: what tests of control/ and api/
// begin with.

namespace fleetman::testing {

class temporary_folder
{
public:
    temporary_folder()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "fleetman-test-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr)
            throw std::runtime_error("cannot make a temporary folder");
        path = pattern;
    }
    ~temporary_folder() { std::filesystem::remove_all(path); }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;

    std::filesystem::path path;
};

struct controller
{
    temporary_folder folder;
    manual_clock time;
    // By the connections' bucket names: one object store each, however many connections lead to it.
    std::map<std::string, std::shared_ptr<memory_store>> buckets;
    worker_pool pool{1};
    control::services app;

    // `yaml` is the configuration; an empty one is a file that does not exist yet.
    explicit controller(const std::string& yaml = "")
        : app{event_loop().get_executor(), config_file(folder.path / "controller_config.yaml", yaml),
              control::state_folder::open(folder.path / "fleetman-state").value(),
              [this](const config::bucket_connection& to) { return open(to); }, pool, time}
    {
        app.load().value();
    }
    controller(const controller&) = delete;
    controller& operator=(const controller&) = delete;
    ~controller() { run(app.stop(milliseconds(0))); }

    // The bucket behind connections to "fleet".
    memory_store& store() { return *bucket("fleet"); }

    void put(const std::string& key, std::string body)
    {
        run(store().put(key, std::move(body), storage::put_condition::always())).value();
    }

    static config::bucket_connection connection(std::string bucket)
    {
        return {.bucket = std::move(bucket),
            .endpoint = "http://127.0.0.1:9000",
            .access_key = "KEY",
            .secret_key = secret("top-secret"),
            .path_style = true,
            .prefix = model::key_prefix::parse("prod").value()};
    }

private:
    static config::controller_config_file config_file(const std::filesystem::path& at, const std::string& yaml)
    {
        if (yaml.empty())
            return config::controller_config_file::create(at).value();
        std::ofstream(at) << yaml;
        return config::controller_config_file::open(at).value();
    }

    std::shared_ptr<memory_store> bucket(const std::string& name)
    {
        auto& made = buckets[name];
        if (!made)
            made = std::make_shared<memory_store>(time);
        return made;
    }

    result<std::shared_ptr<storage::object_store>> open(const config::bucket_connection& to)
    {
        if (!to.endpoint.starts_with("http"))
            return error(errc::invalid, "not an endpoint: " + to.endpoint);
        return bucket(to.bucket);
    }
};

} // namespace fleetman::testing
