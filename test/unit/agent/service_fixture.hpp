#pragma once

#include "agent_fixture.hpp"

#include <fstream>

namespace fleetman::testing {

// A service whose run.sh says "crash" fails as soon as it is started.
struct service_fixture : agent_fixture
{
    service_fixture()
    {
        programs.when_started = [this](const std::string& name) { return started(root / "services", name); };
        units.when_started = [this](const std::string& name) { return started(root / "units-services", name); };
    }

    host::service_state started(const fs::path& services, const std::string& name) const
    {
        const fs::path own = services / name;
        const fs::path live = fs::exists(own) ? own : services / name.substr(std::string("fleetman-").size());
        if (text(live / "run.sh").find("crash") != std::string::npos)
            return {.phase = host::service_phase::failed, .detail = "BACKOFF Exited too quickly"};
        return {.phase = host::service_phase::running, .detail = "RUNNING", .pids = {7}};
    }

    static void write(const fs::path& path, const std::string& content)
    {
        fs::create_directories(path.parent_path());
        std::ofstream(path) << content;
    }
};

} // namespace fleetman::testing
