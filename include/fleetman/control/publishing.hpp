#pragma once

#include <fleetman/bucket/publish.hpp>
#include <fleetman/control/actor.hpp>
#include <fleetman/control/catalog.hpp>
#include <fleetman/control/key_lock.hpp>
#include <fleetman/control/operations.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

// Publishing a version to cells: an operation with a step for each.

namespace fleetman::control {

struct publish_request
{
    model::version version;
    actor who{};
    bool stop_on_error = false;
};

// A trigger that we have just written, before any look at the bucket shows it.
struct written_trigger
{
    model::cell_ref cell;
    model::bucket_name bucket;
    model::trigger value;
    wall_time written{}; // by our clock
};

class publishing
{
public:
    // Objects that are copied at a time in the whole process: fewer than the connections that a store's client has, so
    // that requests and heartbeats pass a long publish.
    static constexpr std::size_t copies_at_a_time = 48;

    publishing(catalog& names, operation_registry& operations, key_lock& locks, clock& time);

    // To one cell, of its manifest. Fails before anything is started with not_found when the cell is unknown or neither
    // it nor the manifest has the version, conflict when that is a draft.
    task<result<operation>> start(model::cell_ref cell, publish_request what);

    // To cells of one manifest, each with its own outcome. Fails likewise; with invalid when one of them is no cell of
    // this manifest, or there are none.
    task<result<operation>> start(
        model::manifest_name manifest, publish_request what, std::vector<model::cell_ref> cells);

    // Every cell of a manifest.
    std::vector<model::cell_ref> cells_of(const model::manifest_name& manifest) const;

    // Called after each trigger of ours.
    using observer = std::function<void(const written_trigger&)>;
    void on_trigger(observer tell) { observers_.push_back(std::move(tell)); }

private:
    struct order
    {
        operation_step step;
        model::manifest_name manifest;
        model::version version;
        model::cell_ref cell;
        std::string trigger_id; // the same however often the step is performed
    };
    using shared_version = std::shared_ptr<const bucket::sealed_version>;

    task<result<void>> require_finalized(manifest_place of, model::version version);
    task<result<operation>> begin(
        model::manifest_name manifest, publish_request what, std::vector<model::cell_ref> cells);

    static result<order> read(const operation_step& step);
    task<result<void>> perform(operation_step step);
    // Fails with conflict when the cell is no longer of the manifest that the version was asked for.
    task<result<void>> publish_one(order wanted);
    // Whether an earlier process published it already. Fails with conflict when someone else has published since.
    task<result<bool>> done_before(order wanted, cell_place place);
    bool is_earlier(const order& wanted, const model::trigger& found) const;
    // Of an operation's cells the first one reads it, the others share it.
    task<result<shared_version>> version_of(order wanted, bucket::location at);
    void tell(const written_trigger& one) const;

    catalog& names_;
    operation_registry& operations_;
    key_lock& locks_;
    clock& time_;
    semaphore copies_{copies_at_a_time};
    std::map<std::string, shared_version> versions_; // by operation, while it runs
    std::vector<observer> observers_;
};

} // namespace fleetman::control
