#pragma once

#include <fleetman/bucket/location.hpp>
#include <fleetman/config/controller_config_file.hpp>
#include <fleetman/control/key_lock.hpp>
#include <fleetman/control/versions.hpp>
#include <fleetman/core/worker_pool.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

// What the configuration names (connections, manifests, cells, resource profiles), with the stores behind it. The file
// is the only memory: every change is saved before it counts.

namespace fleetman::control {

// Makes the client for a connection; fails with invalid when the connection cannot be used (a bad endpoint, a CA file
// that cannot be read). Does not connect.
using store_factory = std::function<result<std::shared_ptr<storage::object_store>>(const config::bucket_connection&)>;

using bucket_locations = std::vector<std::pair<model::bucket_name, bucket::location>>;

struct cell_place
{
    model::cell_ref cell;
    model::bucket_name bucket;
    model::manifest_name manifest;
    bucket::location at;
};

class catalog
{
public:
    // `pool` is where the file is written.
    catalog(config::controller_config_file file, store_factory make_store, worker_pool& pool);

    const config::controller_config& config() const noexcept { return file_.config(); }

    // Each fails with not_found, and as the factory does.
    result<bucket::location> location(const model::bucket_name& name);
    result<manifest_place> manifest(const model::manifest_name& name);
    result<cell_place> cell(const model::cell_ref& name);

    // The limits of a manifest's resource profile; nothing for `unlimited`. Fails with conflict when there is no such
    // profile.
    result<std::optional<model::resource_profile>> limits_of(const model::manifest& of) const;

    // Those that can be used, in the order of their names.
    bucket_locations locations();

    // Changes whenever config() does.
    std::uint64_t revision() const noexcept { return revision_; }

    // Every store is given to `wrap` when it is made, and what that returns is used.
    using store_wrapper = std::function<std::shared_ptr<storage::object_store>(
        const model::bucket_name&, std::shared_ptr<storage::object_store>)>;
    void wrap_stores(store_wrapper wrap) { wrap_ = std::move(wrap); }

    // Whether a client can be made for this connection.
    result<void> try_connection(const config::bucket_connection& connection) const;

    // Applies `change` to a copy of the newest file (someone may have edited it), saves that and serves from it. The
    // error of `change` is returned and nothing is saved then; of two edits the second sees the first. Fails with
    // conflict when the file changes at the same moment.
    using change = std::function<result<void>(config::controller_config_file&)>;
    task<result<void>> edit(change apply);

    // Serves from the file as it is now; true when it had changed. Fails as reading it does, and serves on from what it
    // was.
    task<result<bool>> reload();

    // Fails as edit() would before it saves, and saves nothing.
    task<result<void>> rehearse(change apply);

private:
    struct client
    {
        config::bucket_connection connection;
        bucket::location at;
    };

    void serve_from(config::controller_config_file file);

    config::controller_config_file file_;
    store_factory make_store_;
    worker_pool& pool_;
    store_wrapper wrap_;
    std::uint64_t revision_ = 1;
    key_lock edits_;
    std::map<model::bucket_name, client> clients_; // made when first asked for
};

} // namespace fleetman::control
