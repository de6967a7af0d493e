//! Exit codes: one documented list.

use std::process::{ExitCode, Termination};

/// The result of a command. If several apply, the first in this order wins: 2, 4, 3, 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: a control failed at or above `--fail-on` (never without that option).
    Failed,
    /// 2: bad usage or input; the message says where and what to do.
    Usage,
    /// 3: the pack was made, and its evidence has gaps. Evidence that this depth does not request is not a gap.
    Incomplete,
    /// 4: verification failed: a file was changed, removed or added.
    Verification,
}

impl Exit {
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Incomplete => 3,
            Self::Verification => 4,
        }
    }

    /// The recorded exit of a run.
    pub const fn of_code(code: u8) -> Self {
        match code {
            0 => Self::Done,
            1 => Self::Failed,
            3 => Self::Incomplete,
            4 => Self::Verification,
            _ => Self::Usage,
        }
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self.code())
    }
}
