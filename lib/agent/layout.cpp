#include <fleetman/agent/layout.hpp>
#include <fleetman/core/digest.hpp>

namespace fleetman::agent {
namespace {

constexpr std::size_t slot_digits = 16;
constexpr std::size_t version_part = 100;

} // namespace

cell_layout::cell_layout(const profile_folders& folders, model::run_profile profile, model::cell_id cell)
    : services_(folders.services), definitions_(folders.definitions), profile_(profile), cell_(std::move(cell))
{}

std::filesystem::path cell_layout::definition() const
{
    return definitions_ / (service() + (profile_ == model::run_profile::systemd ? ".service" : ".conf"));
}

std::filesystem::path cell_layout::definition_scratch() const
{
    // Hidden, and without the ending that supervisord's include pattern looks for.
    return definitions_ / ("." + definition().filename().string() + ".new");
}

std::string cell_layout::live_name(bool version_has_unit) const
{
    return profile_ == model::run_profile::systemd && version_has_unit ? service() : cell_.str();
}

std::string slot_digest(std::string_view definition_text)
{
    return sha256_hex(definition_text).substr(0, slot_digits);
}

std::string release_name(const model::version& version, std::string_view contents_digest, unsigned number)
{
    return version.str().substr(0, version_part) + '-' + std::string(contents_digest) + '-' + std::to_string(number);
}

result<void> check_cell_name(const model::cell_id& cell, model::run_profile profile)
{
    if (cell.str().starts_with('.'))
        return error(errc::invalid, "a cell whose name begins with \".\" is not deployed");
    if (profile == model::run_profile::deploy)
        return result<void>();
    if (result<model::cell_id> strict = model::cell_id::parse(cell.str()); !strict)
        return strict.error().within("the cell's name cannot be a service's");
    return result<void>();
}

} // namespace fleetman::agent
