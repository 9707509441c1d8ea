//! An account as it was read from the domain controller. An attribute that may not be read looks absent (MS-ADTS
//! 3.1.1.4.4), so everything is optional and absent means "not known", never 0.

use super::{AccountAnchor, FileTime, Interval, Sid};

/// `userAccountControl` as stored (MS-ADTS 2.2.16).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserAccountControl(pub u32);

impl UserAccountControl {
    /// The account is disabled.
    pub const DISABLED: u32 = 0x2;
    /// No password is required: the DC exempts the account from length, history and complexity.
    pub const PASSWORD_NOT_REQUIRED: u32 = 0x20;
    /// A normal user account.
    pub const NORMAL: u32 = 0x200;
    /// A trust to another domain.
    pub const INTERDOMAIN_TRUST: u32 = 0x800;
    pub const WORKSTATION_TRUST: u32 = 0x1000;
    /// A domain controller.
    pub const SERVER_TRUST: u32 = 0x2000;
    /// The password never expires.
    pub const NEVER_EXPIRES: u32 = 0x1_0000;
    /// Interactive logon needs a smart card.
    pub const SMART_CARD_REQUIRED: u32 = 0x4_0000;

    /// Whether any of the bits is set.
    #[must_use]
    pub const fn has(self, bits: u32) -> bool {
        self.0 & bits != 0
    }
}

/// `msDS-User-Account-Control-Computed`: the only attribute that shows truly whether it is locked or expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComputedFlags(pub u32);

impl ComputedFlags {
    /// Locked out at this moment.
    pub const LOCKED: u32 = 0x10;
    /// The password has expired or must be changed.
    pub const PASSWORD_EXPIRED: u32 = 0x80_0000;

    /// Whether any of the bits is set.
    #[must_use]
    pub const fn has(self, bits: u32) -> bool {
        self.0 & bits != 0
    }
}

/// The wrong current passwords that the connector's own records count against an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedTries {
    pub count: u32,
    /// When the last one was.
    pub latest: Option<FileTime>,
}

/// What one read of an account showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSnapshot {
    pub anchor: AccountAnchor,
    /// Where it is, as the DC wrote it (RFC 4514).
    pub distinguished_name: String,
    pub sid: Option<Sid>,
    pub sam_account_name: Option<String>,
    pub user_principal_name: Option<String>,
    pub display_name: Option<String>,
    /// `objectClass`, all values.
    pub object_classes: Vec<String>,
    pub control: Option<UserAccountControl>,
    pub computed: Option<ComputedFlags>,
    /// `pwdLastSet`; 0 means that it must be changed.
    pub password_last_set: Option<FileTime>,
    pub lockout_time: Option<FileTime>,
    /// `badPwdCount` on this DC.
    pub bad_password_count: Option<u32>,
    /// `badPasswordTime` on this DC: when the last wrong password came.
    pub bad_password_time: Option<FileTime>,
    pub admin_count: Option<u32>,
    pub account_expires: Option<FileTime>,
    /// `tokenGroups`: every group the account is in, directly or not, security groups only.
    pub token_groups: Option<Vec<Sid>>,
    /// `msDS-ResultantPSO`: the DN of the fine-grained policy that applies.
    pub resultant_pso: Option<String>,
    /// The marker attribute's value, whatever it is.
    pub marker: Option<Vec<u8>>,
    /// The version of `unicodePwd` in the replication metadata.
    pub password_version: Option<u32>,
}

impl AccountSnapshot {
    /// An account of which nothing but the anchor and the place is known.
    #[must_use]
    pub fn unknown(anchor: AccountAnchor, distinguished_name: String) -> Self {
        Self {
            anchor,
            distinguished_name,
            sid: None,
            sam_account_name: None,
            user_principal_name: None,
            display_name: None,
            object_classes: Vec::new(),
            control: None,
            computed: None,
            password_last_set: None,
            lockout_time: None,
            bad_password_count: None,
            bad_password_time: None,
            admin_count: None,
            account_expires: None,
            token_groups: None,
            resultant_pso: None,
            marker: None,
            password_version: None,
        }
    }

    /// Whether it is disabled, where known.
    #[must_use]
    pub fn is_disabled(&self) -> Option<bool> {
        self.control
            .map(|control| control.has(UserAccountControl::DISABLED))
    }

    /// Whether it is locked out now, where known.
    #[must_use]
    pub fn is_locked(&self) -> Option<bool> {
        self.computed.map(|computed| computed.has(ComputedFlags::LOCKED))
    }

    /// Whether its password never expires, where known.
    #[must_use]
    pub fn never_expires(&self) -> Option<bool> {
        self.control
            .map(|control| control.has(UserAccountControl::NEVER_EXPIRES))
    }

    /// Whether the password must be changed at the next logon, where known.
    #[must_use]
    pub fn must_change(&self) -> Option<bool> {
        self.password_last_set.map(|set| set == FileTime::ZERO)
    }

    /// Until when the wrong passwords that the DC has counted count; it takes them back with the next try after this, not
    /// at this moment. `None`: not known.
    #[must_use]
    pub fn wrong_tries_count_until(&self, window: Option<Interval>) -> Option<FileTime> {
        let last = self.bad_password_time.filter(|time| time.is_set());
        last.zip(window).map(|(last, window)| last.plus(window))
    }

    /// How many wrong passwords the DC would count before another one: none once the observation window has passed since
    /// the last. Where that is not known, what stands there counts.
    #[must_use]
    pub fn wrong_tries(&self, window: Option<Interval>, now: FileTime) -> Option<u32> {
        let are_over = self
            .wrong_tries_count_until(window)
            .is_some_and(|until| until <= now);
        self.bad_password_count
            .map(|counted| if are_over { 0 } else { counted })
    }

    /// Since when the account as such has expired; `None` if it has not, or it is not known.
    #[must_use]
    pub fn expired_since(&self, now: FileTime) -> Option<FileTime> {
        self.account_expires
            .filter(|expires| expires.is_set() && *expires <= now)
    }
}
