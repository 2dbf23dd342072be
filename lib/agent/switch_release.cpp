#include "patience.hpp"
#include "switch_links.hpp"

#include <fleetman/agent/carry.hpp>
#include <fleetman/agent/definition.hpp>
#include <fleetman/agent/departure.hpp>
#include <fleetman/agent/switch_release.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/host/files.hpp>
#include <fleetman/host/folder.hpp>

#include <sys/stat.h>

#include <utility>

namespace fleetman::agent {
namespace {

constexpr mode_t definition_mode = 0644;
constexpr std::uint64_t definition_max_bytes = std::uint64_t{4} * 1024 * 1024;
constexpr milliseconds last_tries = std::chrono::seconds(3); // to have a service back, of an agent that ends
constexpr milliseconds pause_between_tries{200};

// Nothing when there is none.
result<std::optional<std::string>> installed_text(const cell_layout& layout)
{
    if (!layout.has_definition())
        return std::optional(std::string());
    result<std::string> text = host::read_file(layout.definition(), definition_max_bytes);
    if (text)
        return std::optional(*std::move(text));
    if (text.error().code() == errc::not_found)
        return std::optional<std::string>();
    return text.error();
}

std::string slot_target(const release_record& to)
{
    return std::string(releases_folder) + '/' + to.name;
}

result<void> point_slot(const cell_layout& layout, const release_record& to)
{
    const result<host::folder> store = host::folder::open(layout.store());
    if (!store)
        return store.error();
    const std::string target = slot_target(to);
    const auto now = store->link_target(cell_layout::slot_name(to.slot));
    if (now && *now == target)
        return result<void>();
    if (result<void> pointed = point_link(*store, cell_layout::slot_name(to.slot), target); !pointed)
        return pointed;
    return store->sync();
}

// Those that are pointed behind the stop.
result<void> prepare_links(const cell_layout& layout, const release_record& to)
{
    const result<host::folder> store = host::folder::open(layout.store());
    if (!store)
        return store.error();
    if (result<void> made = prepare_link(*store, cell_layout::slot_name(to.slot), slot_target(to)); !made)
        return made;
    const result<host::folder> services = host::folder::open(layout.services());
    if (!services)
        return services.error();
    return prepare_link(*services, to.live_name, layout.slot(to.slot).string());
}

bool same_slot(const std::optional<release_record>& from, const release_record& to)
{
    return from && from->slot == to.slot;
}

} // namespace

result<std::optional<std::string>> deciding_release(
    const cell_layout& layout, const std::optional<release_record>& from, const release_record& to)
{
    if (layout.has_definition() && !same_slot(from, to)) {
        const result<std::optional<std::string>> read = installed_text(layout);
        if (!read)
            return read.error();
        if (!*read)
            return std::optional<std::string>();
        const std::string& text = **read;
        if (text == to.definition)
            return std::optional(to.name);
        if (from && text == from->definition)
            return std::optional(from->name);
        // Edited by hand since: the slot that it names still tells.
        if (text.find(cell_layout::slot_name(to.slot)) == std::string::npos) {
            if (from && text.find(cell_layout::slot_name(from->slot)) != std::string::npos)
                return std::optional(from->name);
            return std::optional<std::string>();
        }
    }
    const result<host::folder> store = host::folder::open(layout.store());
    if (!store)
        return store.error();
    const auto target = store->link_target(cell_layout::slot_name(to.slot));
    if (!target)
        return target.error();
    if (!*target)
        return std::optional<std::string>();
    return std::optional(std::filesystem::path(**target).filename().string());
}

result<void> align_live_path(const cell_layout& layout, const release_record& to)
{
    const result<host::folder> services = host::folder::open(layout.services());
    if (!services)
        return services.error();
    const std::string wanted = layout.slot(to.slot).string();
    const auto now = services->link_target(to.live_name);
    if (!now)
        return now.error();
    if (*now == wanted)
        return result<void>();
    if (result<void> pointed = point_link(*services, to.live_name, wanted); !pointed)
        return pointed;
    return services->sync();
}

release_switch::release_switch(const host_access& host, cell_layout layout, journal_entry journal,
    std::optional<release_record> from, release_record to, std::optional<bool> enabled)
    : host_(host), layout_(std::move(layout)), journal_(std::move(journal)), from_(std::move(from)), to_(std::move(to)),
      enabled_(enabled)
{}

result<void> release_switch::note(step reached)
{
    journal_.at = reached;
    return write_journal(layout_, journal_);
}

// Whatever can fail without touching what runs is done here.
result<void> release_switch::prepare()
{
    if (result<void> made = prepare_links(layout_, to_); !made)
        return made;
    const result<std::optional<std::string>> installed = installed_text(layout_);
    if (!installed)
        return installed.error();
    definition_changed_ = *installed != to_.definition;
    start_at_boot_changed_ = !*installed || install_section(**installed) != install_section(to_.definition);
    if (!layout_.has_definition() || !definition_changed_)
        return result<void>();
    if (!same_slot(from_, to_))
        if (result<void> pointed = point_slot(layout_, to_); !pointed) // inert: nothing installed names this slot
            return pointed;
    // The exchange of the way forward has left it there, and the disk may be full.
    if (journal_.rolling_back)
        if (const auto there = host::read_file(layout_.definition_scratch(), definition_max_bytes);
            there && *there == to_.definition)
            return result<void>();
    return host::write_scratch(layout_.definition_scratch(), to_.definition, definition_mode);
}

task<result<void>> release_switch::order(
    std::string doing, std::function<task<result<void>>(host::service_manager&)> what)
{
    const result<void> done = co_await give_order(host_, layout_, std::move(what));
    manager_away_ = is_away(done);
    if (!done)
        co_return done.error().within(doing + layout_.service());
    co_return done;
}

result<void> release_switch::carry_over()
{
    if (from_) {
        // On the way back, what went forward is named in both: the newest of each counts, and that is the live one's.
        if (journal_.rolling_back)
            if (result<void> dropped = drop_names(layout_, to_.name, journal_.carried); !dropped)
                return dropped;
        result<carried_names> carried = carry(layout_, *from_, to_);
        if (!carried)
            return carried.error();
        journal_.carried = std::move(carried->paths);
        journal_.conflicts = std::move(carried->conflicts);
    }
    return provide_kept_folders(layout_, to_);
}

result<void> release_switch::commit()
{
    result<void> done;
    const bool new_text = layout_.has_definition() && definition_changed_;
    if (new_text && !same_slot(from_, to_)) {
        done = host::exchange_durably(layout_.definition_scratch(), layout_.definition());
        committed_ = done.has_value();
    } else {
        done = point_slot(layout_, to_);
        committed_ = done.has_value();
        if (done && new_text) // edited by hand: ours again
            done = host::rename_durably(layout_.definition_scratch(), layout_.definition());
    }
    return done;
}

result<void> release_switch::align()
{
    return align_live_path(layout_, to_);
}

// A rename may have happened although what came behind it failed. What is on disk counts, for the release that decides
// must not be discarded.
void release_switch::look_who_decides()
{
    const result<std::optional<std::string>> deciding = deciding_release(layout_, from_, to_);
    committed_ = deciding && *deciding == to_.name;
    undecided_ = !deciding;
}

// Waited for only as long as the agent has time. A stop that is given up is followed by a start: systemd does that when
// the service has stopped, supervisord must be asked again then.
task<result<void>> release_switch::stop()
{
    stop_asked_ = host_.manager_of(layout_.profile()) != nullptr;
    result<void> stopped = co_await until_departure(
        host_, order("stop ", [this](auto& manager) { return manager.stop(layout_.service()); }));
    gave_up_ = !stopped && stopped.error().code() == errc::cancelled;
    stopped_ = stopped.has_value();
    if (gave_up_ && (journal_.was_running || journal_.rolling_back))
        co_await start_again();
    co_return stopped;
}

task<void> release_switch::start_again()
{
    log::warning("agent", "stop-given-up", {{"cell", layout_.cell().str()}, {"why", "the agent ends"}});
    host::service_manager* const manager = host_.manager_of(layout_.profile());
    if (manager == nullptr)
        co_return;
    const auto last = host_.time.steady_now() + last_tries;
    for (;;) {
        (void)co_await manager->start(layout_.service()); // what comes of it, the next agent's start tells
        if (layout_.profile() == model::run_profile::systemd || host_.time.steady_now() >= last)
            co_return;
        const result<host::service_state> seen = co_await manager->state(layout_.service());
        if (seen && seen->phase != host::service_phase::stopping && seen->phase != host::service_phase::stopped)
            co_return;
        co_await host_.time.sleep(pause_between_tries);
    }
}

task<result<void>> release_switch::run()
{
    if (!journal_.rolling_back)
        leave_if_told(host_);
    const result<void> done = co_await uncancelled(switch_over());
    if (done || gave_up_)
        leave_if_told(host_);
    co_return done;
}

task<result<void>> release_switch::switch_over()
{
    if (result<void> noted = co_await host_.prompt().run([this] { return note(step::stopping); }); !noted)
        co_return noted;
    const result<void> prepared = co_await host_.prompt().run([this] { return prepare(); });
    if (!prepared)
        co_return prepared;
    host_.completed("prepared");
    if (const result<void> stopped = co_await stop(); !stopped)
        co_return stopped;
    host_.completed("stopped");
    const result<void> moved = co_await host_.prompt().run([this]() -> result<void> {
        if (result<void> carried = carry_over(); !carried)
            return carried;
        host_.completed("carried");
        if (result<void> noted = note(step::ready); !noted)
            return noted;
        host_.completed("ready");
        result<void> done = commit();
        host_.completed("committed");
        if (!done)
            look_who_decides();
        return done;
    });
    if (!moved)
        co_return moved;
    co_return co_await finish_commit();
}

// Enabled first, so that one load is enough for both.
task<result<void>> release_switch::load()
{
    if (start_at_boot_changed_ || enabled_ != true) {
        const result<void> enabled =
            co_await order("enable ", [this](auto& manager) { return manager.enable(layout_.service()); });
        // On the way back it was enabled before, and a service that runs is worth more.
        if (!enabled && (!journal_.rolling_back || manager_away_))
            co_return enabled;
    }
    if (!layout_.has_definition() || (!definition_changed_ && !load_anyway_ && enabled_ != false))
        co_return result<void>();
    const result<void> loaded =
        co_await order("take the definition of ", [this](auto& manager) { return manager.load(layout_.service()); });
    refused_ = !loaded && loaded.error().code() == errc::invalid;
    // On the way back the manager may never have taken the other definition; then it still holds this one.
    if (!loaded && journal_.rolling_back && !manager_away_)
        co_return result<void>();
    co_return loaded;
}

task<result<void>> release_switch::finish_commit()
{
    committed_ = true;
    const result<void> aligned = co_await host_.prompt().run([this] { return align(); });
    if (!aligned)
        co_return aligned;
    host_.completed("aligned");
    if (const result<void> loaded = co_await load(); !loaded)
        co_return loaded;
    host_.completed("loaded");
    if (result<void> noted = co_await host_.prompt().run([this] { return note(step::switched); }); !noted)
        co_return noted;
    host_.completed("switched");
    const result<void> started =
        co_await order("start ", [this](auto& manager) { return manager.start(layout_.service()); });
    if (!started)
        co_return started;
    host_.completed("started");
    co_return result<void>();
}

} // namespace fleetman::agent
