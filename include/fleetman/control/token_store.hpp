#pragma once

#include <fleetman/config/controller_config.hpp>
#include <fleetman/control/key_lock.hpp>
#include <fleetman/control/state_folder.hpp>
#include <fleetman/core/clock.hpp>
#include <fleetman/core/secret.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/core/worker_pool.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Tokens for programs that call the API. A token is 256 random bits and is shown once; its SHA-256 is kept, in
// tokens.json of the state folder. For one executor (one thread).

namespace fleetman::control {

struct api_token
{
    std::string id; // opaque; ids sort by the time of their making
    std::string name;
    std::string owner; // the user who made it, and may no more than they
    config::user_role role = config::user_role::viewer;
    std::string digest; // SHA-256 of the token, in hex
    wall_time created;
    wall_time expires;
    std::optional<wall_time> last_used; // to within use_resolution
};

class token_store
{
public:
    static constexpr std::string_view prefix = "fmt_"; // for those who look for secrets in the wrong places
    static constexpr std::size_t most = 1'000;
    static constexpr std::chrono::hours default_life{90 * 24};
    static constexpr std::chrono::hours longest_life{366 * 24};
    static constexpr std::chrono::hours kept_expired{
        30 * 24};                                          // to be seen in the list, and told apart from a wrong one
    static constexpr milliseconds use_resolution{300'000}; // last uses are written no oftener for each token

    token_store(boost::asio::any_io_executor executor, const state_folder& in, worker_pool& pool, clock& time);

    // Reads tokens.json. Fails with invalid or failed: whoever goes on without it would lose them all. Blocks.
    result<void> load();

    struct issued
    {
        api_token token;
        secret text; // "fmt_…", to be shown once
    };
    // Saved when it returns. Fails with conflict when a token has this name or there are too many, failed when it
    // cannot be saved.
    task<result<issued>> issue(std::string name, std::string owner, config::user_role role, std::chrono::hours life);
    // Saved when it returns. Fails with not_found, failed.
    task<result<void>> revoke(std::string id);

    // What a presented token stands for. Fails with denied: an unknown or expired one. Counts as a use.
    result<api_token> use(const secret& presented);

    // Whether there still is a token of this id that has not expired. Counts as no use.
    bool holds(const std::string& id) const;

    // In the order of their ids, those that have expired lately included.
    std::vector<api_token> all() const;

    // Waits for a write under way.
    task<void> stop();

private:
    using by_id = std::map<std::string, api_token>;

    void adopt(by_id fresh);
    task<result<void>> save(by_id wanted);
    task<void> save_uses();

    worker_pool& pool_;
    clock& time_;
    std::filesystem::path file_;
    by_id tokens_;
    std::map<std::string, std::string> ids_; // by digest
    key_lock writes_;
    bool saving_uses_ = false;
    task_group background_;
};

} // namespace fleetman::control
