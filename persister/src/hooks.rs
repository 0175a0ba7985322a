//! Who sees what a server does to its disk.

/// Sees what happens on a disk, outside its lock and within the code that uses the disk. So it
/// can crash the disk between two writes, or between a sync and what follows it.
pub trait DiskHooks: Send + Sync + 'static {
    /// A record was appended, or bytes to a file; they are not durable yet.
    fn after_append(&self) {}

    /// The whole state was saved, or a file has another name or is gone; that is not durable yet.
    fn after_save(&self) {}

    /// A sync has made its writes durable; its callers do not know yet.
    fn after_sync(&self) {}
}
