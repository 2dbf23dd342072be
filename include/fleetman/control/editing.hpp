#pragma once

#include <fleetman/control/catalog.hpp>

#include <functional>

// Changing what the configuration names, with the rules that hold between its parts. Every function saves before it
// succeeds; each fails with conflict, not_found, or invalid with the rules broken.

namespace fleetman::control {

// Asked about an entry as the newest file has it, just before it is replaced or removed (If-Match): its error is
// returned, and nothing is saved then. Empty: anything may be there.
template <class Value>
using expectation = std::function<result<void>(const Value&)>;

enum class writing
{
    create, // conflict when the name is taken
    replace // not_found when it is not there
};

enum class effect
{
    saved,
    rehearsed // every rule is checked, and nothing is saved
};

task<result<void>> save_bucket(catalog& in, model::bucket_name name, config::bucket_connection value, writing how,
    expectation<config::bucket_connection> expected = {});
// conflict while a manifest or cell uses it.
task<result<void>> remove_bucket(
    catalog& in, model::bucket_name name, expectation<config::bucket_connection> expected = {});

task<result<void>> save_manifest(catalog& in, model::manifest_name name, model::manifest value, writing how,
    expectation<model::manifest> expected = {}, effect what = effect::saved);
// conflict while a cell uses it. Its versions stay in the bucket.
task<result<void>> remove_manifest(catalog& in, model::manifest_name name, expectation<model::manifest> expected = {});

task<result<void>> save_resource_profile(catalog& in, model::profile_name name, model::resource_profile value,
    writing how, expectation<model::resource_profile> expected = {}, effect what = effect::saved);
// conflict while a manifest uses it.
task<result<void>> remove_resource_profile(
    catalog& in, model::profile_name name, expectation<model::resource_profile> expected = {});

task<result<void>> save_cell(
    catalog& in, model::cell_ref name, config::cell value, writing how, expectation<config::cell> expected = {});
// Takes a cell out of the configuration only; see cells::archive.
task<result<void>> forget_cell(catalog& in, model::cell_ref name);

} // namespace fleetman::control
