#include <fleetman/core/text.hpp>
#include <fleetman/model/rules.hpp>

#include <algorithm>
#include <map>

namespace fleetman::model {
namespace {

constexpr unsigned owner_rwx = 0700;
constexpr unsigned owner_executes = 0100;
constexpr std::uint32_t most_log_lines = 10'000;

std::string file_field(std::size_t index, std::string_view field)
{
    return "files[" + std::to_string(index) + "]." + std::string(field);
}

bool is_account(std::string_view name)
{
    return !name.empty() && name.find(' ') == std::string_view::npos && !has_control_character(name);
}

class checker
{
public:
    explicit checker(const manifest& value) : value_(value) {}

    std::vector<field_error> run(const known_names& known)
    {
        if (known.buckets.count(value_.bucket) == 0)
            fail("bucket", "there is no bucket connection " + in_quotes(value_.bucket));
        check_accounts();
        check_logs();
        if (value_.profile == run_profile::systemd || value_.profile == run_profile::supervisor)
            check_run_script();
        if (value_.profile == run_profile::systemd)
            check_systemd(known);
        return std::move(found_);
    }

private:
    void fail(std::string field, std::string message) { found_.push_back({std::move(field), std::move(message)}); }

    std::size_t index_of(const file_entry& file) const { return static_cast<std::size_t>(&file - value_.files.data()); }

    void check_accounts()
    {
        const auto account = [this](std::string_view field, const std::string& name) {
            if (!is_account(name))
                fail(std::string(field), "must not be empty and has no blanks");
        };
        account("service_owner", value_.service_owner);
        account("service_group", value_.service_group);
        account("service_folder_owner", value_.folder_owner());
        account("service_folder_group", value_.folder_group());
        if (value_.service_folder_owner.has_value() != value_.service_folder_group.has_value())
            fail(value_.service_folder_owner ? "service_folder_group" : "service_folder_owner",
                "service_folder_owner and service_folder_group come together or not at all");
        if (mode_bits(value_.service_folder_mode) < owner_rwx)
            fail("service_folder_mode", "must be 0700 or more");
    }

    void check_logs()
    {
        for (std::size_t i = 0; i < value_.log_files.size(); ++i) {
            const result<file_path> path = file_path::parse(value_.log_files[i]);
            if (!path || path->is_folder())
                fail("log_files[" + std::to_string(i) + "]", "must be a file's path inside the service folder");
        }
        if (value_.max_log_lines > most_log_lines)
            fail("max_log_lines", "must be at most " + std::to_string(most_log_lines));
    }

    void check_run_script()
    {
        const file_entry* const script = value_.find("run.sh");
        if (!script) {
            fail("files", "the profile " + std::string(to_string(value_.profile)) + " needs a file run.sh");
            return;
        }
        if (script->type != file_type::text && script->type != file_type::template_text)
            fail(file_field(index_of(*script), "file_type"), "run.sh must be of type text or template");
        const unsigned bits = script->mode ? mode_bits(*script->mode) : owner_rwx;
        if (bits < owner_rwx || (bits & owner_executes) == 0)
            fail(file_field(index_of(*script), "mode"), "run.sh must be executable by its owner: 0700 or more");
    }

    void check_systemd(const known_names& known)
    {
        const file_entry* const logs = value_.find("logs/");
        if (!logs || logs->type != file_type::folder)
            fail("files", "the profile systemd needs a folder logs/");
        const file_entry* const unit = value_.find("app.service");
        if (!unit)
            fail("files", "the profile systemd needs a file app.service");
        else if (unit->type != file_type::text)
            fail(file_field(index_of(*unit), "file_type"), "app.service must be of type text");
        if (value_.resource_profile != "unlimited" && known.resource_profiles.count(value_.resource_profile) == 0)
            fail("resource_profile", "there is no resource profile " + in_quotes(value_.resource_profile));
    }

    const manifest& value_;
    std::vector<field_error> found_;
};

// What holds for each of `files`, in a manifest and among overrides.
void check_files(const std::vector<file_entry>& files, std::vector<field_error>& found)
{
    for (std::size_t i = 0; i < files.size(); ++i) {
        const file_entry& file = files[i];
        if (file.owner && !is_account(*file.owner))
            found.push_back({file_field(i, "owner"), "must not be empty and has no blanks"});
        if (file.group && !is_account(*file.group))
            found.push_back({file_field(i, "group"), "must not be empty and has no blanks"});
        if (file.path.is_folder() != (file.type == file_type::folder))
            found.push_back({file_field(i, "path"), "a folder's path ends with \"/\", and no other's"});
    }
    for (field_error& conflict : path_conflicts(files))
        found.push_back(std::move(conflict));
}

} // namespace

std::vector<field_error> violations(const manifest& value, const known_names& known)
{
    std::vector<field_error> found = checker(value).run(known);
    check_files(value.files, found);
    return found;
}

std::vector<field_error> violations(const overrides_manifest& value)
{
    std::vector<field_error> found;
    check_files(value.files, found);
    return found;
}

std::vector<field_error> path_conflicts(const std::vector<file_entry>& files)
{
    // By path without the "/" of a folder; true for what may have something below it.
    std::map<std::string_view, bool> holders;
    std::vector<field_error> found;
    for (std::size_t i = 0; i < files.size(); ++i) {
        std::string_view path = files[i].path.str();
        if (path.back() == '/')
            path.remove_suffix(1);
        if (!holders.emplace(path, files[i].path.is_folder()).second)
            found.push_back({file_field(i, "path"), "is there twice: " + in_quotes(path)});
    }
    for (std::size_t i = 0; i < files.size(); ++i) {
        std::string_view path = files[i].path.str();
        path.remove_suffix(files[i].path.is_folder() ? 1 : 0);
        for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
            const auto holder = holders.find(path.substr(0, slash));
            if (holder != holders.end() && !holder->second)
                found.push_back({file_field(i, "path"), "lies below the file " + in_quotes(holder->first)});
        }
    }
    return found;
}

} // namespace fleetman::model
