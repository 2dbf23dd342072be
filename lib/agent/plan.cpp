#include <fleetman/agent/plan.hpp>

namespace fleetman::agent {
namespace {

bool same_writing(const trigger_identity& want, const trigger_identity& handled)
{
    if (handled.etag.empty()) // remembered by the original, which compares whole seconds
        return want.last_modified == handled.last_modified;
    return want == handled;
}

} // namespace

action plan(const desired_state& want, const observed_state& have)
{
    if (have.handled)
        return same_writing(want.trigger, *have.handled) ? action::none : action::deploy;

    // Without a memory, the version is all there is to compare.
    return have.active_version == want.version ? action::adopt : action::deploy;
}

} // namespace fleetman::agent
