package storetest

import (
	"testing"
)

// Run runs the suite. newStore returns an Opener for a store of its own.
func Run(t *testing.T, newStore func(t *testing.T) Opener) {
	for name, test := range map[string]func(*testing.T, *bench){
		"FirstRoundIsServedWhole":         firstRoundIsServedWhole,
		"FullRoundGoesOnAfterRestart":     fullRoundGoesOnAfterRestart,
		"ResyncIsInvisible":               resyncIsInvisible,
		"ResyncTellsOnlyDifferences":      resyncTellsOnlyDifferences,
		"ReadersSeeTheOldUntilTheSwap":    readersSeeTheOldUntilTheSwap,
		"JournalTellsEachNameOnce":        journalTellsEachNameOnce,
		"SameSeriesMovesNothing":          sameSeriesMovesNothing,
		"PointsAreAnswerable":             pointsAreAnswerable,
		"StaleRoundsAreRefused":           staleRoundsAreRefused,
		"UnsettledRoundsDoNotFinish":      unsettledRoundsDoNotFinish,
		"NotesAreDurableAndOrdered":       notesAreDurableAndOrdered,
		"NewItemsToldBothWaysAreAskedFor": newItemsToldBothWaysAreAskedFor,
		"InstancesAreNotedAsTheirMaster":  instancesAreNotedAsTheirMaster,
		"ReissuedIDsKeepTheirNames":       reissuedIDsKeepTheirNames,
		"ReturningItemsComeBackAsBefore":  returningItemsComeBackAsBefore,
		"DuplicatesAreRankedInFullRounds": duplicatesAreRankedInFullRounds,
		"DuplicatesNeverFlip":             duplicatesNeverFlip,
		"LateHoldersGetTheirNameBack":     lateHoldersGetTheirNameBack,
		"OrphansGiveWayToTheirSeries":     orphansGiveWayToTheirSeries,
		"BadItemsHarmThemselvesAlone":     badItemsHarmThemselvesAlone,
		"FailedItemsAreRemembered":        failedItemsAreRemembered,
		"BadItemsOfTheOldGenerationStay":  badItemsOfTheOldGenerationStay,
		"RemarksGoWithTheirObject":        remarksGoWithTheirObject,
		"IteratorsCrossChunks":            iteratorsCrossChunks,
		"IteratorsEndWithTheContext":      iteratorsEndWithTheContext,
		"ObjectsComeInOrder":              objectsComeInOrder,
		"WithinFindsWhatTouches":          withinFindsWhatTouches,
		"WithinIsAFilteredListing":        withinIsAFilteredListing,
		"CalendarsKeepTheirIDs":           calendarsKeepTheirIDs,
		"IdleRoundsAreOneTransaction":     idleRoundsAreOneTransaction,
		"RetiredCalendarsComeBack":        retiredCalendarsComeBack,
		"NamesakesAreToldApart":           namesakesAreToldApart,
		"RemovalsAreWhole":                removalsAreWhole,
		"ComparisonsAreCounted":           comparisonsAreCounted,
		"AuditsAreKeptByStretch":          auditsAreKeptByStretch,
		"NewRenderersRenderAgain":         newRenderersRenderAgain,
		"NewEnvsRenderAgain":              newEnvsRenderAgain,
		"RoundsRunWhileRenderingAgain":    roundsRunWhileRenderingAgain,
		"ReasonsArriveWhileRendering":     reasonsArriveWhileRendering,
		"FullRoundsOutliveARenderer":      fullRoundsOutliveARenderer,
		"WhatCannotBeRenderedStays":       whatCannotBeRenderedStays,
		"OutdatedItemsAreTold":            outdatedItemsAreTold,
		"ListedSeriesAreFoundAgain":       listedSeriesAreFoundAgain,
		"DoubtsStayWithTheirCalendar":     doubtsStayWithTheirCalendar,
		"BannersComeAndGo":                bannersComeAndGo,
		"BannersOutlastFullRounds":        bannersOutlastFullRounds,
		"UsersAndDevices":                 usersAndDevices,
		"Feeds":                           feeds,
		"Accounts":                        accounts,
		"OverlaysBelongToTheirUser":       overlaysBelongToTheirUser,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // they wait for the disk
			test(t, newBench(t, newStore(t)))
		})
	}
	t.Run("RandomRerendersMatchTheRenderer", func(t *testing.T) {
		t.Parallel()
		randomRerendersMatchTheRenderer(t, func() *bench { return newBench(t, newStore(t)) })
	})
	t.Run("RandomRoundsMatchAModel", func(t *testing.T) {
		t.Parallel()
		randomRoundsMatchAModel(t, func() *bench { return newBench(t, newStore(t)) })
	})
}
